"""What kind of text a file is, and what parts its cells, told from its bytes."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from leads.imports import formats
from leads.imports.formats import Unreadable

BLOCK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Layout:
    """How the text of a file is written."""

    encoding: str
    delimiter: str = ","
    damaged: bool = False  # mostly UTF-8; cells that are not are named

    def open(self, file: BinaryIO) -> io.TextIOWrapper:
        file.seek(0)
        errors = "replace" if self.damaged else "strict"
        return io.TextIOWrapper(file, encoding=self.encoding, errors=errors, newline="")


def recognise(file: BinaryIO) -> Layout:
    """What kind of text the file is, and what parts its cells."""
    if formats.of(file):
        raise Unreadable(_("This is a workbook; a sheet has to be taken out of it first."))
    file.seek(0)
    head = file.read(4096)
    encoding, damaged = _encoding(file, head)
    layout = Layout(encoding, damaged=damaged)
    text = layout.open(file)
    start = text.read(65536)
    text.detach()
    if encoding in ("cp1252", "latin-1") and len(CONTROL.findall(head)) > len(head) // 50:
        raise Unreadable(_("This is no text. Save the table as .xlsx or CSV first."))
    return Layout(encoding, _delimiter(start), damaged)


def _encoding(file: BinaryIO, head: bytes) -> tuple[str, bool]:
    """UTF-8 where it decodes, UTF-16 by its mark or its zeros, else the Western European of Windows."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) > len(zeros) * 0.4:
            return encoding, False
    utf8 = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    fits, some = _decodes(file, utf8)
    if fits or some or utf8 == "utf-8-sig":
        return utf8, not fits
    return ("cp1252" if _decodes(file, "cp1252")[0] else "latin-1"), False


def _decodes(file: BinaryIO, encoding: str) -> tuple[bool, bool]:
    """Whether the whole file is in this encoding, and whether letters beyond ASCII were before it broke."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    some = False
    while block := file.read(BLOCK):
        try:
            some = not decoder.decode(block).isascii() or some
        except UnicodeDecodeError as trouble:
            good = trouble.object[: trouble.start].decode(encoding, "ignore")
            return False, some or not good.lstrip("\ufeff").isascii()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, some
    return True, some


def _delimiter(start: str) -> str:
    """What parts the first rows most evenly."""

    def evenness(delimiter: str) -> tuple[int, int]:
        widths: list[int] = []
        try:
            for cells in csv.reader(io.StringIO(start, newline=""), delimiter=delimiter):
                widths += [len(cells)] if cells else []
                if len(widths) == 20:
                    break
        except csv.Error:
            pass
        header = widths[0] if widths else 0
        return (widths.count(header), header) if header > 1 else (0, 0)

    return max(DELIMITERS, key=evenness)
