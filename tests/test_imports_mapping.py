"""What a column fills, and what its cells say."""

from datetime import UTC, datetime

import pytest

from leads.imports import dates, kinds, mapping
from leads.models import Account, Consent, Field, Import, Lead, Source
from leads.spreadsheet import inert
from tests.importing import begin, bring, counts, problems

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


def test_columns_are_recognised_by_their_names():
    columns = [
        "mql_id",
        "first_contact_date",
        "landing_page_id",
        "origin",
        "E-Mail",
        "Job Title",
        "Shoe size",
    ]

    assert mapping.guess(columns, kinds.of("leads")) == {
        "mql_id": "outside_id",
        "first_contact_date": "at",
        "landing_page_id": "fact:landing_page",
        "origin": "source",
        "E-Mail": "email",
        "Job Title": "fact:title",
        "Shoe size": "",
    }


def test_a_file_of_outcomes_is_told_by_its_columns():
    assert begin("mql_id,won_date,extra\nx,2020-01-01,y\n").what == Import.What.OUTCOMES


def test_the_mapping_of_the_last_file_with_these_columns_is_remembered():
    bring("email,Shoe size\na@a.example,42\n", chosen={"Shoe size": "new:lead:number"}, source="Fair")

    again = begin("Shoe size,email\n43,b@b.example\n")

    assert again.mapping == {"email": "email", "Shoe size": "fact:shoe_size"}
    assert (again.rules["source"], again.rules["remembered"]) == (
        "Fair",
        {"name": "fair.csv", "at": "2026-11-16T09:00:00+00:00", "by": "the command line"},
    )


def test_the_mended_file_of_rejected_rows_fills_what_the_first_one_did():
    bring("mail address,Nickname\nnobody,Bo\n", chosen={"mail address": "email", "Nickname": "first_name"})

    again = begin("mail address,Nickname,Row,Column,Problem\nbo@b.example,Bo,2,mail address,no address\n")

    assert [target for target in again.mapping.values() if target] == ["email", "first_name"]


def test_a_column_becomes_a_new_field_on_the_spot_but_not_by_a_trial():
    content = "email,Shoe size\na@a.example,42\n"
    bring(content, chosen={"Shoe size": "new:lead:number"}, wish="check")
    assert Field.objects.filter(key="shoe_size").exists() is False

    bring(content, chosen={"Shoe size": "new:lead:number"})

    made = Field.objects.get(key="shoe_size")
    assert (made.label, made.type, made.about) == ("Shoe size", "number", "lead")
    assert Lead.objects.get().facts == {"shoe_size": 42}


@pytest.mark.parametrize(
    ("content", "chosen", "why"),
    [
        ("note\nx\n", {}, "No column fills any of: E-mail, Outside id, Phone, Postal address."),
        ("email,mail\na@a.example,x\n", {"mail": "email"}, "Two columns fill the same: E-mail."),
        (
            "email,date\na@a.example,03/04/2024\n", {},
            "Column \u201cdate\u201d, row 2: the day or the month may come first; say which.",
        ),
        (
            "email,date\na@a.example,13/04/2024\nb@b.example,04/13/2024\n", {},
            "Column \u201cdate\u201d: row 2 has the day first, row 3 the month; say which.",
        ),
    ],
)  # fmt: skip
def test_what_the_mapping_leaves_open_is_asked_before_anything_is_imported(content, chosen, why):
    batch = bring(content, chosen=chosen, wish="check")

    assert (batch.state, batch.trouble, Lead.objects.count()) == (Import.State.FAILED, why, 0)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-16", "dmy", (16, 11)), ("16.11.2026", "mdy", (16, 11)), ("6.1.2026", "mdy", (6, 1)),
        ("11/16/2026", "mdy", (16, 11)), ("16/11/2026", "dmy", (16, 11)), ("3/4/2026", "dmy", (3, 4)),
        ("3/4/2026", "mdy", (4, 3)), ("16.11.2026 00:00", "dmy", (16, 11)),
        ("2026-11-16 00:00:00", "dmy", (16, 11)),
        ("2026-11-16T02:00:00+02:00", "dmy", (16, 11)),
    ],
)  # fmt: skip
def test_a_date_is_read_in_three_ways(text, order, day):
    assert dates.instant(text, order) == datetime(2026, day[1], day[0], tzinfo=UTC)


def test_a_column_shows_by_one_row_which_way_round_its_dates_are():
    batch = bring(
        "email,date\na@a.example,03/04/2024\nb@b.example,04/13/2024\nc@c.example,5.6.2024\nd@d.example,2024-07-08\n"
    )

    found = [f"{day:%d %b}" for day in Lead.objects.order_by("pk").values_list("at", flat=True)]
    assert (counts(batch), found) == ((4, 0, 0, 0), ["04 Mar", "13 Apr", "05 Jun", "08 Jul"])


def test_what_is_wrong_is_named_by_row_and_column_and_the_rest_comes_in():
    batch = bring(
        b"email,first_name,employees,date\n"
        b"no address,Ann,5,2026-01-01\n"
        b"a@a.example,A\x00nn,5,2026-01-01\n"
        b"b@b.example,Bo,many,2026-02-30\n"
        b"c@c.example,Cy,5,2026-01-01,extra\n"
        b",Dee,5,2026-01-01\n"
        b"e@e.example,Eve,5,2026-01-01\n"
    )

    assert counts(batch) == (1, 0, 0, 5)
    assert [(row, column) for row, column, _why in problems(batch)] == [
        (2, "email"), (3, "first_name"), (4, "date"), (5, "Column 5"), (6, "email"),
    ]  # fmt: skip
    assert problems(batch)[3][2] == "The row has 5 cells and the header 4."


def test_a_cell_that_is_not_in_the_encoding_of_the_rest_is_named():
    batch = bring("email,name\na@a.example,Müller\nb@b.example,M".encode() + b"\xfcller\n")

    assert (counts(batch), batch.rules["damaged"]) == ((1, 0, 0, 1), True)
    assert problems(batch) == [
        (3, "name", "\u201cM\ufffdller\u201d holds bytes that are not in the file's encoding.")
    ]


def test_a_formula_is_a_text_like_any_other_and_leaves_us_inert():
    batch = bring('email,company,first_name\na@a.example,"=cmd|calc!A0",\n=1+1,+x,-y\n')

    assert Account.objects.get().name == "=cmd|calc!A0"
    assert [inert(cell) for cell in batch.rejected.get().cells] == ["'=1+1", "'+x", "'-y"]


def test_a_person_named_twice_is_one_lead_and_the_rows_are_named():
    batch = bring("email,last_name\na@a.example,\nb@b.example,\nA@a.example,Lee\n")

    assert (counts(batch), batch.counts["repeats"], batch.counts["repeated"]) == ((2, 0, 1, 0), 1, [4])
    assert Lead.objects.get(email="a@a.example").last_name == "Lee"


def test_rules_say_what_the_rows_leave_out():
    bring(
        "id,origin,date\nx1,,2020-01-02\n", email_pattern="{outside_id}@people.example", source="Fair",
        consent="Signed at the fair", history=True,
    )  # fmt: skip

    lead = Lead.objects.get()
    assert (lead.email, lead.source.name, lead.known_at) == (
        "x1@people.example", "Fair", datetime(2020, 1, 2, tzinfo=UTC),
    )  # fmt: skip
    assert Consent.objects.get().evidence == "Signed at the fair"


def test_a_blank_source_is_called_blank():
    bring("id,origin\nx1,\n")

    assert list(Source.objects.values_list("name", flat=True)) == ["blank"]


def test_consent_is_noted_of_those_whose_column_says_yes():
    bring("email,consent\na@a.example,yes\nb@b.example,no\nc@c.example,\n", consent="Fair")

    assert list(Consent.objects.values_list("lead__email", flat=True)) == ["a@a.example"]
