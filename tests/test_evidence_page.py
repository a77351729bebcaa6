"""Looking over what machines did: groups, release and its undo, quarantine by hand, known gateways."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import scoring
from leads.models import Activity, Burst, Gateway, Grading, Kind
from nurture.clicks import record_click
from tests import make
from tests import make_scores as made
from tests.sending import HOME, sent

AT = make.MONDAY_9AM
LATER = AT + timedelta(hours=2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def ruth(client):
    somebody = make.marketer("Ruth Amaro")
    client.force_login(somebody)
    return somebody


@pytest.fixture
def sheet():
    return made.sheet(made.rule(made.signal(Kind.CLICK), 10))


def scanned(*touches, at=LATER):
    for touch in touches or [sent()]:
        for number in (0, 1):
            record_click(touch, number, HOME, at=at + number * timedelta(seconds=1))
    return Burst.objects.first()


def points(touch, sheet):
    return scoring.scores_of([touch.lead_id], sheet, LATER)[touch.lead_id]


def post(client, burst, what="release/", **said):
    return client.post(f"/evidence/{burst.public_id}/{what}", {"to": 3, "why": "She told me", **said})


def test_bursts_are_listed_newest_first_with_whom_they_touched(client, ruth):
    scanned(sent(make.lead(email="ann@acme.example")))
    scanned(sent(), sent(), at=LATER + timedelta(hours=1))

    found = client.get("/evidence/").context["found"]
    narrowed = client.get("/evidence/", {"domain": "acme", "rule": "links"}).context["found"]
    none = client.get("/evidence/", {"rule": "crowd"}).context["found"]

    assert [(sums.leads, sums.links, sums.requests, sums.state) for _burst, sums in found] == [
        (2, 2, 4, "held"), (1, 2, 2, "held"),
    ]  # fmt: skip
    assert [burst.domain for burst, _sums in narrowed] == ["acme.example"]
    assert none == []


def test_the_list_asks_as_often_for_three_bursts_as_for_one(client, ruth):
    asked = []
    for hours in (1, 2, 3):
        scanned(at=LATER + timedelta(hours=hours))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/evidence/")
        asked.append(len(queries))

    assert asked[0] == asked[2]


def test_a_release_counts_at_once_with_who_and_why_and_its_undo_takes_it_back(client, ruth, sheet):
    touch = sent()
    burst, seen = scanned(touch), [0]

    for what in ("release/", "release/undo/"):
        post(client, burst, what)
        seen.append(points(touch, sheet))

    assert seen == [0, 20, 0]
    told = Grading.objects.filter(by=ruth).order_by("pk").values_list("grade", "why")
    assert list(told) == [(3, "She told me")] * 2 + [(1, "Taken back")] * 2
    assert sorted(Activity.objects.values_list("grade", flat=True)) == [1, 2]  # the ledger stands


def test_to_undo_the_release_of_somebody_who_is_not_in_the_burst_changes_nothing(client, ruth):
    burst = scanned(sent())

    answer = post(client, burst, "release/undo/", lead=make.lead().pk)

    assert (answer.status_code, Grading.objects.filter(by=ruth).count()) == (302, 0)


def test_one_lead_of_a_burst_can_be_released_alone(client, ruth, sheet):
    one, other = sent(), sent()
    burst = scanned(one, other)

    post(client, burst, lead=one.lead_id, to=2)

    assert (points(one, sheet), points(other, sheet)) == (20, 0)
    assert client.get(f"/evidence/{burst.public_id}/").context["sums"].state == "partly"


def test_a_release_needs_a_reason(client, ruth, sheet):
    touch = sent()

    answer = post(client, scanned(touch), why=" ")

    assert (answer.status_code, points(touch, sheet)) == (422, 0)


def test_what_a_person_released_no_rule_takes_again(client, ruth, sheet):
    touch = sent()
    burst = scanned(touch)
    post(client, burst)

    scanned(touch)

    assert points(touch, sheet) == 20


def test_somebody_elses_lead_is_not_released(client, sheet):
    touch = sent()
    burst = scanned(touch)
    client.force_login(make.rep())

    assert (post(client, burst).status_code, points(touch, sheet)) == (403, 0)


def test_chosen_activities_are_quarantined_by_hand_and_given_back(client, ruth, sheet):
    touch = sent()
    record_click(touch, 0, HOME, at=LATER)
    clicked = Activity.objects.get()
    chosen = {"activity": f"{clicked.id}~{clicked.at.isoformat()}", "why": "It was our own test"}

    client.post("/evidence/quarantine/", chosen)
    held, burst = points(touch, sheet), Burst.objects.get()
    post(client, burst, "release/undo/")

    assert (burst.rule, burst.by, held, points(touch, sheet)) == ("hand", ruth, 0, 10)


@pytest.mark.parametrize(
    "chosen", [{}, {"activity": "1~2026-11-16", "why": ""}, {"activity": ["x", "1~x", "~"], "why": "Test"}]
)
def test_a_choice_of_nothing_says_so(client, ruth, chosen):
    answer = client.post("/evidence/quarantine/", chosen)

    assert (answer.status_code, Burst.objects.count()) == (302, 0)


def test_the_page_of_a_lead_shows_what_machines_did_to_those_who_may_release_it(client, ruth):
    touch = sent()
    scanned(touch)

    text = client.get(touch.lead.get_absolute_url()).content.decode()
    client.force_login(make.sales_manager())
    seen = client.get(touch.lead.get_absolute_url()).content.decode()
    client.force_login(make.user(groups=["Viewers"]))
    hidden = client.get(touch.lead.get_absolute_url()).content.decode()

    assert ["Look and release" in page for page in (text, seen, hidden)] == [True, True, False]


def test_the_network_of_a_gateway_is_kept_as_a_hash_and_left_aside_by_a_switch(client, ruth):
    client.post(
        "/evidence/gateways/add/", {"name": "Theirs", "what": "network", "pattern": "198.51.100.0/22"}
    )
    made = Gateway.objects.get()

    client.post(f"/evidence/gateways/{made.pk}/switch/", {"on": "0"})

    assert (made.prefix, "192.0" in made.pattern, made.by) == (22, False, ruth)
    assert not Gateway.objects.get().is_on


def test_what_is_no_network_or_known_already_is_said(client, ruth):
    gateway = {"name": "Theirs", "what": "agent", "pattern": "scangate"}
    client.post("/evidence/gateways/add/", gateway)

    answers = [
        client.post("/evidence/gateways/add/", {**gateway, **said}).status_code
        for said in ({}, {"what": "network", "pattern": "here"}, {"pattern": ""})
    ]

    assert (answers, Gateway.objects.count()) == ([422] * 3, 1)
