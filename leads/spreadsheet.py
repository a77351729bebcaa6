"""What people who live in spreadsheets take home: CSV and XLSX, a row in memory at a time, inert cells."""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter
from django.http import StreamingHttpResponse

LONGEST_CELL = 32_767
BLOCK = 64 * 1024
TELEPHONE = re.compile(r"\+[0-9 ()/.-]+")
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "|")


class _Echo:
    """A file that hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def inert(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula, made plain; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\ufeff").startswith(LIVE):
        return f"'{cell}"
    return "" if cell is None else cell


def lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The file, line by line, with the mark by which Excel knows UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([inert(str(name)) for name in header])
    for row in rows:
        yield writer.writerow([inert(cell) for cell in row])


def download(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The answer that a browser saves under this name."""
    return StreamingHttpResponse(
        lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def workbook(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The same as XLSX."""
    return StreamingHttpResponse(
        _book(header, rows),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _book(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Written into a file that vanishes once it is sent."""
    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, plain) as book:
            sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
            sheet.freeze_panes(1, 0)
            for column, words in enumerate(header):
                sheet.write_string(0, column, str(inert(str(words)))[:LONGEST_CELL], bold)
            for line, row in enumerate(rows, 1):
                for column, cell in enumerate(row):
                    _write(sheet, line, column, cell)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _write(sheet: Any, line: int, column: int, cell: Any) -> None:
    """Numbers as numbers, and all else as text, which nothing runs; a telephone number keeps its plus."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        sheet.write_number(line, column, cell)
    elif cell is not None and cell != "":
        text = str(cell)
        safe = text if TELEPHONE.fullmatch(text) else str(inert(text))
        sheet.write_string(line, column, safe[:LONGEST_CELL])
