#!/usr/bin/env bash
# access 1.1.10.post3 (the accessibility measures of PySAL) with pandas 3.1.1: places that no supply
# reaches within the limit get a missing value from the two-step floating catchment area method, not
# 0. A mean over the city then leaves out those who are worst off: 0.0533 per person, where 0.0364
# is right when the 70 people without any doctor count as well.
# Expected: 0, as the definition of the method sums over an empty set.
# Way out: fillna(0) before any mean.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q access==1.1.10.post3 pandas==3.1.1
cd "$work"
"$work/env/bin/python" -W ignore - <<'PY'
import numpy
import pandas
from access import Access

places = pandas.DataFrame({"id": [1, 2, 3], "people": [100, 50, 70]})
doctors = pandas.DataFrame({"id": [1, 2], "doctors": [5, 3]})
minutes = pandas.DataFrame(
    {"origin": [1, 1, 2, 3], "dest": [1, 2, 2, 2], "minutes": [10.0, 15.0, 15.0, 40.0]}
)
study = Access(
    demand_df=places, demand_index="id", demand_value="people",
    supply_df=doctors, supply_index="id", supply_value="doctors",
    cost_df=minutes, cost_origin="origin", cost_dest="dest", cost_name="minutes",
)
found = study.two_stage_fca(max_cost=15, name="doctors")["doctors_doctors"]
people = places.set_index("id").people
told = float((found * people).sum() / people[found.notna()].sum())
right = float((found.fillna(0) * people).sum() / people.sum())
print(found.to_dict(), f"mean told {told:.4f}, with everybody {right:.4f}")
assert numpy.isnan(found[3]) and found[1] == 0.07, "people out of reach are 0 now"
PY
