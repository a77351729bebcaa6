"""Reading a file of rows, one at a time: what text it is, what parts its cells, and what it cannot be."""

import csv
import io
import re
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO

from django.utils.translation import gettext as _

from leads.imports.formats import Unreadable
from leads.imports.recognising import Layout, recognise

MOST_COLUMNS = 500
LONGEST_LINE = 4_000_000  # characters; a row longer than this is no row
SAMPLE = 5
LOOKED_AT, DIFFERENT = 1_000, 20  # rows from which the kind of a column is guessed, by so many cells
BLOCK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{2,4}\b")
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass
class Survey:
    """What a first walk through the file finds."""

    layout: Layout
    columns: list[str]
    rows: int = 0
    sample: list[list[str]] = field(default_factory=list)
    slashes: dict[str, dict[str, int]] = field(default_factory=dict)  # column: order of dates: first row
    cells: dict[str, dict[str, int]] = field(default_factory=dict)  # column: different cells, how often

    def note(self, number: int, cells: list[str]) -> None:
        self.rows += 1
        if len(self.sample) < SAMPLE:
            self.sample.append([cell[:80].replace("\x00", "\ufffd") for cell in cells])
        if self.rows <= LOOKED_AT:
            self._look_at(cells)
        for name, cell in zip(self.columns, cells, strict=False):
            if "/" in cell and (found := SLASHED.match(cell.strip())):
                self.slashes.setdefault(name, {}).setdefault(_order(int(found[1]), int(found[2])), number)

    def _look_at(self, cells: list[str]) -> None:
        for name, cell in zip(self.columns, cells, strict=False):
            seen = self.cells.setdefault(name, {})
            text = cell.strip()[:200]
            if text and "\x00" not in text and (text in seen or len(seen) < DIFFERENT):
                seen[text] = seen.get(text, 0) + 1


def _order(first: int, second: int) -> str:
    return "dmy" if first > 12 else "mdy" if second > 12 else "unclear"


WRITTEN_BY_US = Layout("utf-8")


def survey(file: BinaryIO, layout: Layout | None = None) -> Survey:
    """Walk through the whole file once; says what it is, or why it cannot be read."""
    layout = layout or recognise(file)
    with closing(rows(file, layout)) as records:
        header = next((cells for _number, cells in records), None)
        if header is None:
            raise Unreadable(_("The file is empty."))
        found = Survey(layout, columns(header))
        for number, cells in records:
            found.note(number, cells)
    if not found.rows:
        raise Unreadable(_("The file has a header and no rows."))
    return found


def columns(header: list[str]) -> list[str]:
    """The names of the columns; one without a name is called by its place."""
    if len(header) > MOST_COLUMNS:
        raise Unreadable(
            _("Row 1, the header, has %(many)s columns; at most %(most)s can be read.")
            % {"many": f"{len(header):,}", "most": MOST_COLUMNS}
        )
    names = [cell.strip()[:200] or _("Column %d") % place for place, cell in enumerate(header, start=1)]
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if (first := places.setdefault(name.casefold(), place)) != place:
            raise Unreadable(
                _("Row 1: columns %(first)d and %(second)d are both called “%(name)s”.")
                % {"first": first, "second": place, "name": name}
            )
        if "\x00" in name or "\ufffd" in name:
            raise Unreadable(_("Row 1, column %d: the name holds characters that are no text.") % place)
    return names


def rows(file: BinaryIO, layout: Layout) -> Generator[tuple[int, list[str]], None, None]:
    """Each row that is not blank, with its number as a spreadsheet counts (the header is 1)."""
    text = layout.open(file)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            lines.begin()
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as trouble:
        raise Unreadable(_why(str(trouble), number + 1, lines, layout.delimiter)) from None
    except UnicodeDecodeError:
        raise Unreadable(
            _("Row %d does not hold the text that the rest of the file does.") % (number + 1)
        ) from None
    finally:
        text.detach()


class _Lines:
    """The lines of a text, none longer than we bear; it remembers those of the row being read."""

    def __init__(self, text: io.TextIOWrapper):
        self.text = text
        self.begin()

    def begin(self) -> None:
        self.row: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE:
            raise csv.Error("line too long")
        self.row.append(line)
        return line


def _why(trouble: str, number: int, lines: _Lines, delimiter: str) -> str:
    """The reader's complaint in words that name the row, and the column where that can be told."""
    if "line too long" in trouble:
        return _("Row %(row)d is longer than %(most)s characters.") % {
            "row": number,
            "most": f"{LONGEST_LINE:,}",
        }
    if "field larger" in trouble:
        column, most = _column_of_long_cell(lines.row, delimiter), f"{csv.field_size_limit():,}"
        said = _(
            "Row %(row)d, column %(column)d: a cell is longer than %(most)s characters; is a quote open?"
        )
        return said % {"row": number, "column": column, "most": most}
    if "end of data" in trouble:
        return _("Row %d: a quote is opened and never closed.") % number
    return _("Row %(row)d: the quotes do not match (%(trouble)s).") % {"row": number, "trouble": trouble}


def _column_of_long_cell(lines: Iterable[str], delimiter: str) -> int:
    column, length, quoted = 1, 0, False
    for character in "".join(lines):
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            column, length = column + 1, 0
            continue
        length += 1
        if length > csv.field_size_limit():
            break
    return column
