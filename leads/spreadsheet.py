"""What people who live in spreadsheets take home: CSV, a row in memory at a time, with inert cells."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

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
    yield "\ufeff" + writer.writerow([str(name) for name in header])
    for row in rows:
        yield writer.writerow([inert(cell) for cell in row])


def download(name: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The answer that a browser saves under this name."""
    return StreamingHttpResponse(
        lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
