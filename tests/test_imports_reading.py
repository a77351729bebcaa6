"""Reading files: whatever they are written in, and why one cannot be read."""

import io
import zipfile

import pytest

from leads.imports import reading
from leads.models import Lead
from tests.importing import PEOPLE, bring, counts, survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"),
    ],
)  # fmt: skip
def test_a_file_is_read_in_whatever_it_is_written_in(encoding, found):
    batch = bring("email,last_name\nann@acme.example,Müller\n".encode(encoding))

    assert (batch.rules["encoding"], Lead.objects.get().last_name) == (found, "Müller")


def test_bytes_that_not_even_windows_knows_are_read_as_latin_1():
    assert survey(b"name\n\x81\xfc\n").layout.encoding == "latin-1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_cells_are_parted_by_what_parts_the_first_rows_most_evenly(delimiter):
    text = PEOPLE.replace(",", delimiter).replace("Lee", '"Lee, Ann; her \t name|"')

    found = survey(text)

    assert (found.layout.delimiter, found.columns) == (
        delimiter,
        ["email", "first name", "Last Name", "origin"],
    )


def test_a_single_column_is_a_table_too():
    assert bring("email\nann@acme.example\n").counts["created"] == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(ends):
    assert counts(bring(PEOPLE.replace("\n", ends))) == (2, 0, 0, 0)


def packed(*parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for part in parts:
            package.writestr(part, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        (b"\n\n \n", "The file is empty."),
        (b"email,name\n", "The file has a header and no rows."),
        (b"PK\x03\x04rest", "This workbook is damaged: it cannot be unpacked."),
        (b"\xd0\xcf\x11\xe0", "This is an old Excel file (.xls). Save it as .xlsx or CSV first."),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "This workbook is protected with a password. Save it without one first.",
        ),
        (b"\x89PNG\r\n\x1a\n", "This is a picture (PNG), not a table."),
        (
            b"%PDF-1.7",
            "This is a PDF; tables cannot be read from it. Ask for the spreadsheet it was made of.",
        ),
        (packed("content.xml"), "This is an OpenDocument sheet (.ods). Save it as .xlsx or CSV first."),
        (
            packed("Index/Document.iwa"),
            "This is a Numbers document (.numbers). Save it as .xlsx or CSV first.",
        ),
        (packed("leads.csv"), "This is a ZIP archive and no workbook. Unpack it first."),
        (
            bytes(range(128, 160)) + bytes(range(1, 31)) * 9,
            "This is no text. Save the table as .xlsx or CSV first.",
        ),
        (b"email,name,E-Mail,EMAIL\na,b,c,d\n", "Row 1: columns 1 and 4 are both called \u201cEMAIL\u201d."),
        (b"email,na\x00me\na,b\n", "Row 1, column 2: the name holds characters that are no text."),
        (b'email,name\na@a.example,"open\n', "Row 2: a quote is opened and never closed."),
        (b'email,name\na@a.example,"a"b\n', "Row 2: the quotes do not match (',' expected after '\"')."),
        (
            b"email,name,note\na,b,c\na,b," + b"x" * 140_000 + b"\n",
            "Row 3, column 3: a cell is longer than 131,072 characters; is a quote open?",
        ),
        (b"email\n" + b"x" * 4_100_000, "Row 2 is longer than 4,000,000 characters."),
        (
            ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1\n",
            "Row 1, the header, has 100,000 columns; at most 500 can be read.",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_where(content, why):
    with pytest.raises(reading.Unreadable) as refused:
        survey(content)

    assert str(refused.value) == why


def test_a_column_without_a_name_is_called_by_its_place():
    assert survey("email,,\na@a.example,x,\n").columns == ["email", "Column 2", "Column 3"]


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    batch = bring('email,note\na@a.example,"two\nlines"\n\nnobody,x\n')

    assert [(row.number, row.column) for row in batch.rejected.all()] == [(4, "email")]
