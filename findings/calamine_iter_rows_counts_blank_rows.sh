#!/usr/bin/env bash
# python-calamine 0.9.1: two ways to read one sheet give its cells other places. to_python() leaves
# out the blank rows and columns before the data, as its description says; iter_rows(), described
# only as "data from sheet as iterator of lists", gives the blank rows and leaves out the blank
# columns. So enumerate(sheet.iter_rows(), 1) has the row numbers that the spreadsheet shows,
# enumerate over to_python() has not, and of sheet.start the row must be added to the one and not to
# the other, but the column to both.
set -euo pipefail

cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5

cat > probe.py <<'PYTHON'
import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook()
book.active["B3"] = "name"
book.active["B4"] = "Ivan"
book.save("book.xlsx")
sheet = CalamineWorkbook.from_path("book.xlsx").get_sheet_by_index(0)
print("start:", sheet.start)
print("to_python:", sheet.to_python())
print("iter_rows:", list(sheet.iter_rows()))
PYTHON
venv/bin/python probe.py > seen
cat seen
diff seen - <<'SEEN'
start: (2, 1)
to_python: [['name'], ['Ivan']]
iter_rows: [[''], [''], ['name'], ['Ivan']]
SEEN
echo 'as described: iter_rows() gives the blank rows but not the blank columns'
