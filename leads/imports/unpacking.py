"""A sheet of a workbook written out as CSV, in a process of its own with little memory.

    python -m leads.imports.unpacking book.xlsx "Sheet 1" table.csv

The reader holds a sheet as a whole, and a workbook of a few bytes may claim to be endless: whatever
happens here happens to this process alone. It prints what it found as JSON; see leads/imports/workbooks.py.
"""

import csv
import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import python_calamine as calamine

MEMORY, SECONDS = 2 << 30, 120


def text(value: Any) -> str:
    """A cell as it would stand in a text: dates as dates, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    return str(value)


def lines(sheet: Any) -> Iterator[list[str]]:
    """Every row from the first of the sheet on, without blank columns before it and blanks at its end."""
    for row in sheet.iter_rows() if sheet.start else ():
        cells = [text(value) for value in row]
        while cells and not cells[-1].strip():
            cells.pop()
        yield cells


def merged(sheet: Any, header: int) -> str:
    """Where cells of the header row are merged, as a spreadsheet names it."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top <= header <= bottom:
            return f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
    return ""


def _letters(column: int) -> str:
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def take_out(book: Any, name: str, path: str) -> dict[str, Any]:
    """Write one sheet out; what is wrong with it stands under “merged” or “empty”."""
    sheet = book.get_sheet_by_name(name)
    header = None
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, cells in enumerate(lines(sheet)):
            header = number if header is None and cells else header
            writer.writerow(cells)
    if header is None:
        return {"empty": True}
    return {"merged": merged(sheet, header)}


def main(path: str, wanted: str, out: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        shown = [one.name for one in book.sheets_metadata if _is_shown(one)]
        found: dict[str, Any] = {"empty": True}
        for name in [wanted] if wanted in shown else shown:
            found = {"sheet": name, **take_out(book, name, out)}
            if not (found.get("empty") or found.get("merged")):
                break
    except calamine.CalamineError as trouble:
        found, shown = {"damaged": str(trouble)[:200]}, []
    print(json.dumps({**found, "sheets": shown}))


def _is_shown(one: Any) -> bool:
    return one.typ == calamine.SheetTypeEnum.WorkSheet and one.visible == calamine.SheetVisibleEnum.Visible


if __name__ == "__main__":
    main(*sys.argv[1:])
