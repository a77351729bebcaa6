"""Files of leads: read whatever they are written in, all of them or nothing, tried out first, taken back."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from handoff.models import Opportunity
from leads import custody, facts
from leads.imports import checking, kinds, mapping, progress, reading, running, undoing
from leads.models import Account, Consent, Fact, Field, Import, Lead, RejectedRow, Saying, Source
from leads.spreadsheet import inert
from nurture.enrolling import enroll
from nurture.models import Touch
from people.models.user import ADMINISTRATORS, VIEWERS
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PEOPLE = "email,first name,Last Name,origin\nann@acme.example,Ann,Lee,Fair\nbo@beta.example,Bo,Ray,Web\n"


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def ines():
    return make.marketing_manager()


def survey(content):
    return reading.survey(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def begin(content, *, what="", name="fair.csv", **rules):
    raw = content if isinstance(content, bytes) else content.encode()
    batch = running.begin(what, name, ContentFile(raw, name=name), at=MONDAY_9AM)
    batch.rules |= rules
    batch.save()
    return batch


def bring(content, *, wish="run", at=MONDAY_9AM, chosen=(), **rules):
    """Import a file as the pages do: read, try out, run."""
    batch = begin(content, **rules)
    batch.mapping |= dict(chosen)
    for step in ("check", "run")[: 1 if wish == "check" else 2]:
        running.ask(batch, step)
        running.run_waiting(at)
        batch.refresh_from_db()
    return batch


def counts(batch):
    return tuple(batch.counts[name] for name in ("created", "updated", "unchanged", "rejected"))


def problems(batch):
    return list(batch.rejected.values_list("number", "column", "problem"))


# --- reading ----------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        (b"\n\n \n", "The file is empty."),
        (b"email,name\n", "The file has a header and no rows."),
        (
            b"PK\x03\x04rest",
            "This is no CSV file (it looks like xlsx, ods, zip). Save the table as CSV first.",
        ),
        (b"\x89PNG\r\n\x1a\n", "This is no CSV file (it looks like png). Save the table as CSV first."),
        (b"%PDF-1.7", "This is no CSV file (it looks like pdf). Save the table as CSV first."),
        (bytes(range(128, 160)) + bytes(range(1, 31)) * 9, "This is no text. Save the table as CSV first."),
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


# --- mapping ----------------------------------------------------------------------------------------


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
    assert (again.rules["source"], again.rules["remembered"]) == ("Fair", True)


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


# --- what the cells say -----------------------------------------------------------------------------


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
    assert checking.instant(text, order) == datetime(2026, day[1], day[0], tzinfo=UTC)


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


# --- running ----------------------------------------------------------------------------------------


def test_a_trial_tells_what_a_run_would_do_and_does_nothing():
    content = PEOPLE + "nobody,,,\n"
    trial = bring(content, wish="check")
    assert (trial.state, counts(trial), Lead.objects.count()) == (Import.State.CHECKED, (2, 0, 0, 1), 0)
    assert (Source.objects.count(), trial.rejected.count()) == (0, 1)

    done = bring(content)

    assert (done.state, counts(done), Lead.objects.count()) == (Import.State.DONE, (2, 0, 0, 1), 2)
    assert done.counts["sources"] == {"Fair": 1, "Web": 1}


def test_importing_twice_changes_nothing_and_says_so():
    bring(PEOPLE)
    before = list(Lead.objects.order_by("pk").values())

    again = bring(PEOPLE, at=MONDAY_9AM + HOUR)

    assert (counts(again), list(Lead.objects.order_by("pk").values())) == ((0, 0, 2, 0), before)


def test_all_of_a_file_comes_in_or_nothing(monkeypatch):
    def fail(*args):
        raise ZeroDivisionError("in the second chunk")

    monkeypatch.setattr("leads.imports.admitting.CHUNK", 2)
    batch = begin("email\n" + "".join(f"p{n}@a.example\n" for n in range(5)))
    running.ask(batch, "check")
    running.run_waiting(MONDAY_9AM)
    batch.refresh_from_db()
    running.ask(batch, "run")
    told = []
    monkeypatch.setattr(progress, "tell", lambda _batch, rows: told.append(rows) or (rows == 4 and fail()))

    with pytest.raises(ZeroDivisionError):
        running.run_waiting(MONDAY_9AM)

    batch.refresh_from_db()
    assert (told, Lead.objects.count(), batch.state) == ([2, 4], 0, Import.State.FAILED)
    assert batch.trouble == "ZeroDivisionError: in the second chunk"


def test_progress_is_seen_while_it_runs(monkeypatch, client, ines):
    seen = []
    monkeypatch.setattr("leads.imports.admitting.CHUNK", 1)
    monkeypatch.setattr(progress, "tell", lambda batch, rows: seen.append(rows))

    bring(PEOPLE, wish="check")

    assert seen == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_an_import_is_run_by_one_worker_and_by_another_when_that_one_is_dead():
    batch = begin(PEOPLE)
    running.ask(batch, "check")
    first = running.claim(MONDAY_9AM)
    late = MONDAY_9AM + running.LEASE + HOUR

    assert running.claim(MONDAY_9AM) is None  # its lease runs
    with transaction.atomic():
        assert running.mine(first)
        assert in_another_connection(lambda: running.claim(late)) is None  # it is alive and holds the row
    second = in_another_connection(lambda: running.claim(late))
    running.perform(first, late)
    assert Import.objects.get().state == Import.State.RUNNING  # what is not his any more he leaves alone
    running.perform(second, late)

    assert Import.objects.get().state == Import.State.CHECKED


def in_another_connection(work):
    import threading

    found = []

    def run():
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_the_file_is_forgotten_when_its_rows_are_in(django_capture_on_commit_callbacks, tmp_path):
    with django_capture_on_commit_callbacks(execute=True):
        batch = bring(PEOPLE)

    assert (batch.file.name, list(tmp_path.rglob("*.csv"))) == ("", [])


# --- taking back ------------------------------------------------------------------------------------


def test_an_undo_removes_what_nothing_else_has_touched_and_names_the_rest():
    kept = make.lead(email="old@acme.example", last_name="Old")
    batch = bring(
        "email,last_name,title,employees\nold@acme.example,New,Buyer,5\nann@acme.example,Lee,CEO,5\n"
        "bo@beta.example,Ray,CFO,6\ncy@gamma.example,Sun,CIO,7\n"
    )
    bo = Lead.objects.get(last_name="Ray")
    facts.learn(
        [facts.Answer("title", "COO", Saying.VERIFIED, MONDAY_9AM, lead_id=bo.pk)], known_at=MONDAY_9AM
    )

    assert undoing.undo(batch, MONDAY_9AM + HOUR) is True

    kept.refresh_from_db()
    batch.refresh_from_db()
    assert list(Lead.objects.order_by("pk").values_list("last_name", flat=True)) == ["Old", "Ray"]
    assert (kept.facts, Lead.objects.get(pk=bo.pk).facts) == ({}, {"title": "COO"})
    assert set(Account.objects.values_list("name", flat=True)) == {"acme.example", "beta.example"}
    assert (batch.state, batch.counts["undo"]) == (
        Import.State.UNDONE,
        [
            "2 leads were removed.",
            "4 facts were taken back.",
            "1 lead stays, because something else has touched it since:",
            "Ray: something else is known",
            "1 lead that was there before keeps the blanks that the file filled.",
        ],
    )
    assert undoing.undo(batch, MONDAY_9AM + HOUR) is False


def test_a_lead_that_a_track_has_taken_up_but_not_written_to_can_be_undone():
    batch = bring(PEOPLE)
    enroll([lead.pk for lead in Lead.objects.all()], make.track(), reason="New", at=MONDAY_9AM)
    assert Touch.objects.count() > 0

    undoing.undo(batch, MONDAY_9AM)

    assert (Lead.objects.count(), Touch.objects.count()) == (0, 0)


def test_a_lead_that_sales_have_seen_stays():
    batch = bring(PEOPLE)
    bo = Lead.objects.get(last_name="Ray")
    Opportunity.objects.create(lead=bo, name="Deal", at=MONDAY_9AM, known_at=MONDAY_9AM)

    undoing.undo(batch, MONDAY_9AM)

    assert list(Lead.objects.all()) == [bo]
    batch.refresh_from_db()
    assert batch.counts["undo"][2] == "Bo Ray: has an opportunity"


def test_the_ledgers_are_closed_again_after_an_undo():
    undoing.undo(bring(PEOPLE), MONDAY_9AM)
    make.lead()
    facts.learn(
        [facts.Answer("title", "CEO", Saying.SALES, MONDAY_9AM, lead_id=Lead.objects.get().pk)],
        known_at=MONDAY_9AM,
    )

    with pytest.raises(Exception, match="facts are never changed"):
        Fact.objects.all().delete()


# --- pages ------------------------------------------------------------------------------------------


def upload(client, content, name="fair.csv", what=""):
    raw = content if isinstance(content, bytes) else content.encode()
    return client.post(reverse("import_new"), {"file": SimpleUploadedFile(name, raw), "what": what})


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
    running.run_waiting(MONDAY_9AM)
    tried = client.get(there).content.decode()
    assert ("What it would do" in tried, Lead.objects.count()) == (True, 0)
    assert client.post(f"{there}run/").url == there
    running.run_waiting(MONDAY_9AM)

    assert "What it did" in client.get(there).content.decode()
    assert sorted(Lead.objects.values_list("email", flat=True)) == ["ann@acme.example", "bo@beta.example"]
    assert client.post(f"{there}undo/").url == there
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


# --- commands ---------------------------------------------------------------------------------------


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


# --- outcomes ---------------------------------------------------------------------------------------


def test_outcomes_are_refused_by_row_and_column():
    lead = make.lead(outside_id="x1", email="ann@acme.example")
    make.lead(outside_id="x2")

    batch = bring(
        "outside_id,email,won_date,status,amount,deal_id\n"
        "nobody,,2026-01-01,won,,1\n"
        "x1,,,won,,2\n"
        "x1,,2026-01-01,maybe,,3\n"
        "x1,,2026-01-01,won,lots,4\n"
        ",ANN@acme.example,2026-01-01,Won,1250.50,5\n"
        "x1,,2026-01-01,won,,5\n"
        "x2,,2026-01-02,lost,,6\n",
        what="outcomes",
    )

    assert (counts(batch), [row[:2] for row in problems(batch)]) == (
        (2, 0, 1, 4),
        [(2, "outside_id"), (3, "won_date"), (4, "status"), (5, "amount")],
    )
    deals = lead.opportunities.values_list("state", "amount", "outside_id")
    assert [(state, str(amount), deal) for state, amount, deal in deals] == [("won", "1250.50", "5")]
    assert list(Lead.objects.order_by("pk").values_list("closed_cause", flat=True)) == ["won", ""]


MEMORY = """
import resource, sys
import django
django.setup()
from django.core.files.base import File
from django.utils import timezone
from leads.imports import running
from leads.models import Import
from people.models import User
User.objects.create_superuser("root@baton.example", "x", name="Root")
path, at = sys.argv[1], timezone.now()
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
seen = []
for rows in (2_000, int(sys.argv[2])):
    with open(path, "w") as file:
        file.write("email,company,employees\\n")
        for n in range(rows):
            address = f"p{rows}.{n}@c{n % 50}.example" if n % 10 else "no address"
            file.write(f"{address},Company {n % 50},{n % 7}\\n")
    with open(path, "rb") as file:
        batch = running.begin("leads", "big.csv", file, at=at)
    running.ask(batch, "check")
    running.run_waiting(at)
    seen.append(peak())
    batch.refresh_from_db()
    print(batch.state, batch.counts.get("rows"), batch.counts.get("rejected"), batch.trouble, seen)
assert seen[1] - seen[0] < 80, seen
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
@pytest.mark.storm
def test_memory_stays_flat_however_long_the_file_is(surroundings, tmp_path):
    """200,000 rows by LONG_ROWS, 40,000 otherwise: more than the 20 MB that a chunk takes would show."""
    import os
    import subprocess
    import sys

    rows = os.environ.get("LONG_ROWS", "40000")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "big.csv"), rows],
        env={**surroundings, "MEDIA_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    told = done.stdout.splitlines()[-1].split()[:3] if done.stdout else done.stderr
    assert (done.returncode, told) == (0, ["checked", rows, str(int(rows) // 10)])
