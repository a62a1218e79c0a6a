#!/usr/bin/env bash
# cn2an 0.5.24: transform() is offered to turn Chinese numerals within a sentence into digits ("面积
# 一百二十平方米" -> "面积120平方米"). Numerals that are part of a name are digits afterwards, too: the
# districts 二七区 (Zhengzhou) and 九龙坡区 (Chongqing) become 27区 and 9龙坡区, the road 五一路 becomes
# 51路. A register that is made uniform so joins no boundary file by district any more.
# Expected: names stay. Way out: transform columns that hold amounts only, never addresses or names.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q cn2an==0.5.24
cd "$work"
"$work/env/bin/python" - <<'PY'
from importlib.metadata import version

import cn2an

area = cn2an.transform("面积一百二十平方米")
names = [cn2an.transform(name) for name in ("二七区", "九龙坡区", "五一路")]
print("cn2an", version("cn2an"), area, names)
assert area == "面积120平方米"
assert names == ["27区", "9龙坡区", "51路"], "names stay as they are now"
PY
