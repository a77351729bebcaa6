"""The pages and commands of imports."""

import csv
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads import custody
from leads.imports import checking, running
from leads.models import Import, Lead, RejectedRow
from leads.spreadsheet import inert
from people.models.user import ADMINISTRATORS, VIEWERS
from tests import make
from tests.importing import PEOPLE, bring, counts, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


def test_a_marketer_imports_a_file_in_the_browser(client, ines):
    client.force_login(make.marketer())
    there = upload(client, PEOPLE + "nobody,,,\n").url
    page = client.get(there).content.decode()
    chosen = dict(
        re.findall(
            r'<select name="(column_\d)"[^>]*>(?:(?!</select>).)*?<option value="([^"]*)" selected',
            page,
            re.S,
        )
    )
    assert chosen == {
        "column_0": "email",
        "column_1": "first_name",
        "column_2": "last_name",
        "column_3": "source",
    }

    assert client.post(there, chosen).url == there
    assert "hx-trigger" in client.get(there).content.decode()
    running.run_waiting(timezone.now())
    tried = client.get(there).content.decode()
    assert ("What it would do" in tried, Lead.objects.count()) == (True, 0)
    assert client.post(f"{there}run/").url == there
    running.run_waiting(timezone.now())

    assert "What it did" in client.get(there).content.decode()
    assert sorted(Lead.objects.values_list("email", flat=True)) == ["ann@acme.example", "bo@beta.example"]
    assert client.post(f"{there}undo/").url == there
    running.run_waiting(timezone.now())
    assert Lead.objects.count() == 0
    assert [row.status_code for row in (client.get(reverse("imports")), client.post(f"{there}run/"))] == [
        200,
        302,
    ]


def test_rejected_rows_come_back_as_a_file_that_can_be_mended_and_imported(client):
    batch = bring('email,phone,note\nnobody,+49 30 1234567,"=1+1"\n', chosen={"note": "fact:comment"})
    client.force_login(make.marketer())

    text = b"".join(client.get(reverse("import_rejected", args=[batch.public_id])).streaming_content).decode()
    header, row = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert header == ["email", "phone", "note", "Row", "Column", "Problem"]
    assert row[:5] == ["nobody", "'+49 30 1234567", "'=1+1", "2", "email"]

    again = bring(
        text.replace("nobody", "ann@acme.example", 1).replace("fair.csv", ""), chosen={"note": "fact:comment"}
    )

    lead = Lead.objects.get()
    assert (counts(again), lead.phone, lead.facts) == ((1, 0, 0, 0), "+49301234567", {"comment": "=1+1"})


@given(st.text(max_size=20))
def test_no_cell_that_leaves_us_is_a_formula_and_phones_survive(text):
    cell = inert(text)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert checking.revived(inert("+49 30 1234567")) == "+49 30 1234567"


@pytest.mark.parametrize("bad", [b"", b"PK\x03\x04", b"email,email\na,b\n"])
def test_a_file_that_cannot_be_read_is_refused_beside_its_box_and_nothing_is_kept(client, bad):
    client.force_login(make.marketer())

    answer = upload(client, bad or b"\n")

    assert (answer.status_code, Import.objects.count()) == (422, 0)


def pages(batch):
    one = [reverse(name, args=[batch.public_id]) for name in ("import_detail", "import_rejected")]
    return [reverse("imports"), reverse("import_new"), *one]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (make.marketer, 200), (make.marketing_manager, 200), (make.rep, 403), (make.sales_manager, 403),
        (lambda: make.user(groups=[ADMINISTRATORS]), 200), (lambda: make.user(groups=[VIEWERS]), 403),
    ],
)  # fmt: skip
def test_marketers_their_managers_and_administrators_import_and_nobody_else(client, who, status):
    batch = bring(PEOPLE, wish="check")
    client.force_login(who())

    assert [client.get(page).status_code for page in pages(batch)] == [status] * 4
    for name in ("import_run", "import_undo"):
        there = reverse(name, args=[batch.public_id])
        assert client.get(there).status_code == 405
        assert client.post(there).status_code == (302 if status == 200 else 403)


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(reverse("imports")).status_code == 302


def test_htmx_gets_the_part_that_changes(client):
    batch = bring(PEOPLE, wish="check")
    client.force_login(make.marketer())

    part = client.get(
        reverse("import_detail", args=[batch.public_id]), headers={"HX-Request": "true"}
    ).content.decode()

    assert part.startswith(f'<div class="import" id="import-{batch.pk}"')


def test_the_list_costs_the_same_for_one_import_and_for_three(client, django_assert_num_queries):
    client.force_login(make.marketer())
    bring(PEOPLE)
    client.get(reverse("imports"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("imports"))
    bring(PEOPLE)
    bring(PEOPLE)
    with django_assert_num_queries(len(one)):
        client.get(reverse("imports"))


def test_the_command_says_what_became_of_the_rows_and_of_a_second_time(tmp_path):
    path = tmp_path / "fair.csv"
    path.write_text(PEOPLE + "nobody,,,\n")

    for told in (
        "2 created, 0 updated, 0 unchanged, 1 rejected",
        "0 created, 0 updated, 2 unchanged, 1 rejected",
    ):
        out = io.StringIO()
        call_command("import_leads", str(path), "--map", "origin=source", stdout=out)
        assert told in out.getvalue()
    assert "row 4, column \u201cemail\u201d" in out.getvalue()
    assert out.getvalue().endswith("Nothing has changed.\n")


@pytest.mark.parametrize(
    ("content", "given", "why"),
    [
        (None, [], "cannot be read"),
        ("email\n", [], "a header and no rows"),
        ("note\nx\n", [], "Nothing was imported. No column fills any of"),
        ("email\na@a.example\n", ["--map", "mail=email"], "There is no column \u201cmail\u201d"),
        ("email\na@a.example\n", ["--map", "email=e-mail"], "There is no target \u201ce-mail\u201d"),
    ],
)
def test_the_command_ends_with_the_reason(tmp_path, content, given, why):
    path = tmp_path / "fair.csv"
    if content:
        path.write_text(content)

    with pytest.raises(CommandError, match=why):
        call_command("import_leads", str(path), *given)


def test_without_anybody_to_hold_leads_nothing_is_imported_and_the_reason_is_said(ines):
    ines.groups.clear()

    batch = bring(PEOPLE, wish="check")

    assert batch.trouble == "Nobody can hold a new lead: first add a marketing manager or an administrator."
    assert (RejectedRow.objects.count(), custody.Custody.objects.count()) == (0, 0)
