"""The list of leads: what narrows it, its orders and pages, who sees whom, and the same as CSV."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads import custody, merging
from leads.lists import finding
from leads.lists.asking import Asked
from leads.lists.finding import Listing
from leads.lists.terms import terms
from leads.models import Custodian, Score, ScoreSheet, Stage
from leads.spreadsheet import inert
from tests import make

pytestmark = pytest.mark.django_db
COUNTING = 5  # a savepoint, a time limit, the count, and both taken back


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def names(client, query=""):
    """Everybody on the list, following its pages, in order."""
    found, query = [], dict(pair.split("=") for pair in query.split("&") if pair)
    while True:
        page = client.get("/leads/", query).context["page"]
        found += [lead.last_name for lead in page.leads]
        if not page.after:
            return found
        query["after"] = page.after


def score(lead, points, sheet):
    Score.objects.create(lead=lead, sheet=sheet, points=points, at=make.MONDAY_9AM)


def test_the_newest_stands_first(client, ruth):
    for name in ("First", "Second", "Third"):
        make.lead(last_name=name)

    assert names(client) == ["Third", "Second", "First"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sandvik", ["Sandvik"]),
        ("HENRIK sand", ["Sandvik"]),
        ("@aalberg.example", ["Sandvik"]),
        ("brightwater", ["Raman"]),
        ("henrik brightwater", []),
    ],
)
def test_words_are_looked_for_in_name_address_and_company(client, ruth, typed, found):
    make.lead(first_name="Henrik", last_name="Sandvik", email="h@aalberg.example")
    make.lead(last_name="Raman", account=make.account("Brightwater Foods"))

    page = client.get("/leads/", {"q": typed}).context["page"]

    assert [lead.last_name for lead in page.leads] == found


def test_the_list_is_narrowed_by_stage_source_holder_score_and_lateness(client, ruth):
    at, sheet = timezone.now(), ScoreSheet.objects.create(name="Nordics")
    marit = Custodian.of(make.rep("Marit Dahl"), "sales")
    wanted = make.lead(last_name="Wanted", stage=Stage.MQL, source=make.source("Fair"), holder=marit)
    other = make.lead(last_name="Other", source=make.source("Website"))
    score(wanted, 120, sheet)
    score(other, 119, sheet)
    late, ahead = at - timedelta(hours=1), at + timedelta(hours=1)
    custody.plan([wanted.pk], next_action="answer", next_action_at=late, reason="Score reached")
    custody.plan([other.pk], next_action="enroll", next_action_at=ahead, reason="New lead")

    assert names(client) == ["Other", "Wanted"]
    for query in ("stage=mql", f"source={wanted.source_id}", f"holder={marit.pk}", "score=120", "overdue=on"):
        assert names(client, query) == ["Wanted"], query


def test_what_falls_due_this_minute_is_not_late(client, ruth):
    lead = make.lead()
    custody.plan([lead.pk], next_action="enroll", next_action_at=timezone.now(), reason="New lead")

    assert names(client, "overdue=on") == []
    assert "late" not in client.get("/leads/").content.decode().split("<tbody>")[1].split("</tbody>")[0]


def test_by_score_the_highest_stands_first_and_whoever_has_none_last(client, ruth, monkeypatch):
    monkeypatch.setattr(finding, "PAGE", 2)
    sheet = ScoreSheet.objects.create(name="Nordics")
    for name, points in (("Low", -20), ("None", None), ("High", 358), ("Also high", 358), ("Nor here", None)):
        lead = make.lead(last_name=name)
        if points is not None:
            score(lead, points, sheet)

    assert names(client, "sort=score") == ["Also high", "High", "Low", "Nor here", "None"]


def test_by_next_action_the_earliest_stands_first_and_the_closed_last(client, ruth, monkeypatch):
    monkeypatch.setattr(finding, "PAGE", 1)
    at = timezone.now()
    for name, hours in (("Closed", 0), ("Tomorrow", 24), ("Now", 0), ("Also now", 0)):
        lead = make.lead(last_name=name)
        custody.plan(
            [lead.pk], next_action="call", next_action_at=at + timedelta(hours=hours), reason="Step 2"
        )
        if name == "Closed":
            custody.close([lead.pk], cause="spam", at=at)

    assert names(client, "sort=next") == ["Now", "Also now", "Tomorrow", "Closed"]


def test_pages_neither_skip_nor_repeat_anybody_while_new_leads_come_in(client, ruth, monkeypatch):
    monkeypatch.setattr(finding, "PAGE", 3)
    there = [make.lead(last_name=f"Lead {number}").last_name for number in range(7)]
    first = client.get("/leads/").context["page"]
    make.lead(last_name="Late comer")

    rest = names(client, f"after={first.after}")

    assert [lead.last_name for lead in first.leads] + rest == there[::-1]


@pytest.mark.parametrize(
    "after", ["x", "0", "9~1~1", "-1~1~1", "0~~x", "1~2026-99-99~3", "0~~99999999999999999999"]
)
@pytest.mark.parametrize("sort", ["", "score", "next"])
def test_a_key_that_nobody_wrote_is_no_error(client, ruth, after, sort):
    make.lead()

    assert client.get("/leads/", {"after": after, "sort": sort}).status_code == 200


@pytest.mark.parametrize(
    "query", ["stage=boss", "source=x", "holder=999999", "score=many", "sort=up", "q=a%00"]
)
def test_what_cannot_be_read_narrows_nothing(client, ruth, query):
    make.lead(last_name="Sandvik")

    assert client.get(f"/leads/?{query}").status_code == 200
    assert names(client, query.replace("a%00", "\x00")) == ["Sandvik"]


def test_a_rep_sees_those_they_hold_once_held_or_own_by_account(client):
    marit, jonas = make.rep("Marit Dahl"), make.rep("Jonas Weil")
    make.lead(last_name="Hers", holder=Custodian.of(marit, "sales"))
    once = make.lead(last_name="Once hers", holder=Custodian.of(marit, "sales"))
    make.lead(last_name="Of her account", account=make.account(owner=marit))
    make.lead(last_name="His", holder=Custodian.of(jonas, "sales"))
    make.lead(last_name="Marketing's")
    hand = Custodian.of(jonas, "sales")
    custody.hold([once.pk], hand, next_action="call", next_action_at=once.at, reason="Passed on", at=once.at)
    client.force_login(marit)

    assert names(client) == ["Of her account", "Once hers", "Hers"]
    assert "Marketing" not in client.get("/leads/leads.csv").getvalue().decode()


def test_somebody_folded_into_somebody_else_is_not_listed(client, ruth):
    kept, folded = make.lead(last_name="Kept"), make.lead(last_name="Folded")
    merging.merge(kept, folded, by=ruth, at=make.MONDAY_9AM)

    assert names(client) == ["Kept"]


def test_an_empty_list_says_what_to_do(client, ruth):
    assert "No leads yet" in client.get("/leads/").content.decode()


def test_a_list_narrowed_to_nobody_says_so_and_leads_back(client, ruth):
    make.lead()

    text = client.get("/leads/?q=zzz").content.decode()

    assert ("Nobody fits" in text, "No leads yet" in text) == (True, False)


def test_more_than_can_be_counted_is_said_to_be_more(client, ruth, monkeypatch):
    monkeypatch.setattr(finding, "COUNTED", 2)
    monkeypatch.setattr(finding, "PAGE", 2)
    for _each in range(3):
        make.lead()

    assert "more than 2" in client.get("/leads/").content.decode()


@pytest.mark.parametrize("sort", ["", "score", "next"])
def test_a_hundred_leads_cost_as_many_questions_as_one(client, ruth, sort):
    counts = []
    for more in (1, 2, 97):
        for _each in range(more):
            make.lead(account=make.account(), source=make.source())
        with CaptureQueriesContext(connection) as asked:
            client.get("/leads/", {"sort": sort})
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert counts[2] <= counts[0] + COUNTING  # a full page is also counted


# --- CSV --------------------------------------------------------------------------------------------


def rows(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_holds_the_narrowed_list_in_its_order(client, ruth):
    company = make.account("A/S")
    for name in ("Ada", "Berit", "Cleo"):
        make.lead(first_name=name, last_name="Nord" if name != "Berit" else "Sør", account=company)

    found = rows(client.get("/leads/leads.csv?q=nord"))

    assert [(row["First name"], row["Company"], row["Next"]) for row in found] == [
        ("Cleo", "A/S", "Enroll in a track"),
        ("Ada", "A/S", "Enroll in a track"),
    ]


def test_the_csv_is_read_a_page_at_a_time(ruth):
    for number in range(5):
        make.lead(last_name=f"Lead {number}")
    listing = Listing(ruth, Asked(terms(timezone.now())), timezone.now())

    with CaptureQueriesContext(connection) as asked:
        found = [lead.last_name for lead in listing.every(size=2)]

    assert found == ["Lead 4", "Lead 3", "Lead 2", "Lead 1", "Lead 0"]
    assert (
        len([one for one in asked if "leads_account" in one["sql"]]) == 6
    )  # keys, then rows, of three pages


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "|x"])
def test_a_cell_is_never_a_formula(formula):
    assert inert(formula) == f"'{formula}"


def test_a_lead_cannot_put_a_formula_into_somebodys_spreadsheet(client, ruth):
    make.lead(first_name='=HYPERLINK("http://x.example")', last_name="Sandvik")

    [row] = rows(client.get("/leads/leads.csv"))

    assert row["First name"] == '\'=HYPERLINK("http://x.example")'


def test_numbers_stay_numbers():
    assert [inert(-20), inert(358), inert(None), inert("Sandvik")] == [-20, 358, "", "Sandvik"]
