"""What kind of file somebody brought: a workbook, a text, or something to be saved differently first."""

import zipfile
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

MOST_UNPACKED = 512 << 20
MOST_PARTS = 10_000
SAVE_AS = later("Save it as .xlsx or CSV first.")
WORKBOOK = "xlsx"

#: By their first bytes, what is neither a workbook nor a text.
NO_TABLE = {
    b"\x89PNG": later("This is a picture (PNG), not a table."),
    b"\xff\xd8\xff": later("This is a picture (JPEG), not a table."),
    b"GIF8": later("This is a picture (GIF), not a table."),
    b"%PDF": later("This is a PDF; tables cannot be read from it. Ask for the spreadsheet it was made of."),
    b"\x1f\x8b": later("This is packed with gzip. Unpack it first."),
    b"7z\xbc\xaf": later("This is packed with 7-Zip. Unpack it first."),
    b"Rar!": later("This is packed with RAR. Unpack it first."),
    b"{\\rtf": later("This is a text document (RTF). Save its table as .xlsx or CSV first."),
}
#: By a part of the package, what else comes in ZIP's clothes.
PACKAGES = {
    "xl/workbook.bin": later("This is a binary Excel workbook (.xlsb)."),
    "content.xml": later("This is an OpenDocument sheet (.ods)."),
    "Index/Document.iwa": later("This is a Numbers document (.numbers)."),
    "Index.zip": later("This is a Numbers document (.numbers)."),
    "word/document.xml": later("This is a Word document (.docx)."),
    "ppt/presentation.xml": later("This is a PowerPoint document (.pptx)."),
}


class Unreadable(Exception):
    """A file that cannot be read at all, and why, in plain words."""


def of(file: BinaryIO) -> str:
    """“xlsx” for a workbook, nothing for what may be a text; raises Unreadable for anything else."""
    file.seek(0)
    head = file.read(4096)
    for mark, words in NO_TABLE.items():
        if head.startswith(mark):
            raise Unreadable(words)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_old(file))
    if not head.startswith(b"PK\x03\x04"):
        return ""
    _check(_parts(file))
    return WORKBOOK


def _old(file: BinaryIO) -> str:
    """Excel wraps a workbook with a password in the old format."""
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20):
        return _("This workbook is protected with a password. Save it without one first.")
    return _("This is an old Excel file (.xls). %s") % SAVE_AS


def _parts(file: BinaryIO) -> dict[str, int]:
    """The parts of a package with what they say of their size."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            return {part.filename: part.file_size for part in package.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable(_("This workbook is damaged: it cannot be unpacked.")) from None


def _check(parts: dict[str, int]) -> None:
    for part, words in PACKAGES.items():
        if part in parts:
            raise Unreadable(f"{words} {SAVE_AS}")
    if "xl/workbook.xml" not in parts:
        raise Unreadable(_("This is a ZIP archive and no workbook. Unpack it first."))
    if sum(parts.values()) > MOST_UNPACKED or len(parts) > MOST_PARTS:
        raise Unreadable(
            _("Unpacked, this workbook has %(size)s MB; at most %(most)s MB can be read. %(advice)s")
            % {
                "size": f"{sum(parts.values()) >> 20:,}",
                "most": MOST_UNPACKED >> 20,
                "advice": _("Save the sheet as CSV, which may be of any length."),
            }
        )
