"""Workbooks: sheets, dates and numbers as people see them, and why one cannot be read."""

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from django.urls import reverse

from leads.imports import formats, reading, running, workbooks
from leads.models import Import, Lead
from tests import make
from tests.importing import begin, bring, counts, problems, upload, workbook
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]
HEADER = ["email", "phone", "first contact", "employees"]
ANN = ["ann@acme.example", 4930123456789, date(2026, 1, 2), 12.5]


def test_a_workbook_is_read_as_people_see_it():
    batch = begin(workbook([HEADER, ANN]), name="fair.xlsx")

    assert batch.rules["sample"] == [["ann@acme.example", "4930123456789", "2026-01-02", "12.5"]]
    assert (batch.rules["sheet"], batch.rules["rows"], batch.columns) == ("Leads", 1, HEADER)


def test_a_workbook_is_imported_like_any_file_and_its_rows_keep_their_numbers():
    batch = bring(workbook([[], HEADER, ANN, [], ["nobody", "", "", ""]]), name="fair.xlsx")

    lead = Lead.objects.get()
    assert (counts(batch), lead.phone, f"{lead.at:%Y-%m-%d}") == ((1, 0, 0, 1), "4930123456789", "2026-01-02")
    assert problems(batch)[0][:2] == (5, "email")


def test_formulas_are_what_they_amount_to():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["email", "employees"])
        sheet.write_row(1, 0, ["ann@acme.example", ""])
        sheet.write_formula(1, 1, "=6*7", None, 42)

    batch = begin(content.getvalue())

    assert batch.rules["sample"] == [["ann@acme.example", "42"]]


def test_the_first_sheet_that_can_be_read_is_taken_and_another_can_be_chosen(client):
    client.force_login(make.marketer())
    other = [["email", "Shoe size"], ["bo@beta.example", 43]]
    there = upload(
        client, workbook([], sheets=[("People", [HEADER, ANN]), ("Others", other)]), "fair.xlsx"
    ).url
    batch = Import.objects.get()
    assert batch.rules["sheet"] == "People"

    assert client.post(f"{there}anew/", {"sheet": "Others"}).url == there

    batch.refresh_from_db()
    assert (batch.rules["sheet"], batch.columns) == ("Others", ["email", "Shoe size"])
    running.ask(batch, "check")
    running.run_waiting(MONDAY_9AM)
    batch.refresh_from_db()
    assert counts(batch) == (1, 0, 0, 0)


def test_a_merged_header_is_named_by_its_cells():
    with pytest.raises(reading.Unreadable) as refused:
        begin(workbook([HEADER, ANN], merge="A1:C1"))

    assert str(refused.value) == (
        "Sheet “Leads”: the cells A1:C1 in the row with the names of the columns are merged. Unmerge them, "
        "so that each column has a name of its own, and delete titles above."
    )


def bomb(size):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(size >> 20):
                part.write(b" " * (1 << 20))
    return content.getvalue()


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(formats, "MOST_UNPACKED", 8 << 20)
    monkeypatch.setattr(workbooks, "_unpack", lambda *args: pytest.fail("it was unpacked"))

    with pytest.raises(reading.Unreadable, match="Unpacked, this workbook has 9 MB; at most 8 MB can"):
        begin(bomb(9 << 20))


def test_a_sheet_that_claims_more_cells_than_there_is_memory_harms_nobody(client):
    client.force_login(make.marketer())
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "email")
        sheet.write(1_048_575, 16_383, "x")

    answer = upload(client, content.getvalue(), "far.xlsx")

    assert (answer.status_code, Import.objects.count()) == (422, 0)
    assert "too large to be read" in answer.content.decode()


def test_a_package_that_only_looks_like_a_workbook_is_damaged():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("xl/workbook.xml", "<workbook>")

    with pytest.raises(reading.Unreadable, match="This workbook is damaged"):
        begin(content.getvalue())


def test_a_workbook_goes_when_its_rows_are_in(django_capture_on_commit_callbacks, tmp_path):
    with django_capture_on_commit_callbacks(execute=True):
        batch = bring(workbook([HEADER, ANN]), name="fair.xlsx")

    assert (batch.file.name, batch.workbook.name, list(tmp_path.rglob("*.*"))) == ("", "", [])
    assert "sample" not in batch.rules


def test_what_was_chosen_for_a_file_is_remembered_and_can_be_guessed_anew(client, ines):
    client.force_login(ines)
    bring("Vorname;E-Mail;Firma\nAnn;ann@acme.example;Acme\n", chosen={"Vorname": "last_name"})
    there = upload(client, "E-MAIL;Firma;vorname\nbo@beta.example;Beta;Bo\n").url
    again = Import.objects.order_by("-pk").first()
    assert again.mapping == {"E-MAIL": "email", "Firma": "company", "vorname": "last_name"}
    assert (
        "Remembered from fair.csv, imported on 16 Nov 2026 by the command line."
        in client.get(there).content.decode()
    )

    client.post(reverse("import_anew", args=[again.public_id]))

    again.refresh_from_db()
    assert again.mapping == {"E-MAIL": "email", "Firma": "company", "vorname": "first_name"}
