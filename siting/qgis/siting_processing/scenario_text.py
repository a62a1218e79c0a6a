"""The text of a scenario file; only the standard library, so that it is tested without QGIS."""

import json


def scenario_text(name, layers, people, elderly, site_id, area, outlet_format, formats, budget):
    """A scenario of layers that lie beside it.

    Args:
        layers: file name of ``people``, ``premises``, ``outlets`` and ``streets``; None = none.
        people, elderly, site_id, area, outlet_format: fields; None where there is none.
        formats: ids of the catalogue.
        budget: whole currency units.
    """
    quoted = lambda value: json.dumps(value, ensure_ascii=False)  # noqa: E731 - JSON is YAML
    groups = {"all": people, **({"elderly": elderly} if elderly else {})}
    lines = [
        "siting: 1",
        f"name: {quoted(name)}",
        "travel:",
        *(
            ["  mode: network", f"  network: {quoted(layers['streets'])}"]
            if layers["streets"]
            else ["  mode: euclidean", "  detour: 1.3   # streets wind"]
        ),
        "demand:",
        f"  file: {quoted(layers['people'])}",
        f"  groups: {quoted(groups)}",
        "premises:",
        f"  file: {quoted(layers['premises'])}",
        f"  id: {quoted(site_id)}",
        f"  area_m2: {quoted(area)}",
    ]
    if layers["outlets"] and outlet_format:
        lines += ["outlets:", f"  - file: {quoted(layers['outlets'])}"]
        lines += [f"    format: {quoted(outlet_format)}"]
    lines += ["formats:", "  catalogue: cn-2025", f"  use: {quoted(list(formats))}"]
    return "\n".join([*lines, f"budget: {int(budget)}", ""])
