#!/usr/bin/env bash
# openpyxl 3.1.5: a worksheet's <dimension ref> is a hint that other programs write as they like
# (some report writers leave "A1"). In read-only mode the rows and columns beyond it are left out
# without a word; the ordinary mode reads them all.
# Expected: all rows in both modes. Way out: sheet.reset_dimensions() before iterating.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q openpyxl==3.1.5
cd "$work"
"$work/env/bin/python" - <<'PY'
import zipfile

import openpyxl

book = openpyxl.Workbook()
for number in range(12):
    book.active.append([f"premises {number}", number])
book.save("whole.xlsx")
with zipfile.ZipFile("whole.xlsx") as old, zipfile.ZipFile("hint.xlsx", "w") as new:
    for name in old.namelist():
        data = old.read(name)
        if name == "xl/worksheets/sheet1.xml":
            data = data.replace(b'ref="A1:B12"', b'ref="A1:B6"')
        new.writestr(name, data)


def rows(**how):
    return sum(1 for _ in openpyxl.load_workbook("hint.xlsx", **how).active.iter_rows())


print("openpyxl", openpyxl.__version__, "ordinary:", rows(), "read-only:", rows(read_only=True))
assert (rows(), rows(read_only=True)) == (12, 6), "read-only mode reads all rows now"
PY
