"""Doing one thing to many leads: who is left out and why, what is done, and what can be taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads import custody
from leads.bulk import asking, verb_of, working
from leads.lists.asking import Asked
from leads.lists.terms import terms
from leads.models import BulkAction, BulkReversal, BulkRow, Custodian, Custody, Lead, Stage
from nurture.models import Enrollment
from tests import make

pytestmark = pytest.mark.django_db
AT = make.MONDAY_9AM + timedelta(days=30)
NO_LEASE = {"token": None, "lease_until": None}


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def about(by, verb, leads, *, at=AT, **params):
    """A bulk action about these leads, looked at."""
    chosen = [lead.public_id for lead in leads]
    action = asking.begin(verb_of(verb), by, Asked(terms(at)), chosen, at)
    asking.choose(action, params, at)
    return action


def outcomes(action):
    return {row.lead.last_name: (row.outcome, row.why) for row in action.rows.select_related("lead")}


def in_sales_hands(**details):
    return make.lead(holder=Custodian.of(make.rep(), "sales"), **details)


def test_the_preview_says_who_is_left_out_and_why_and_changes_nobody(ruth):
    shut = make.lead(last_name="Shut")
    custody.close([shut.pk], cause="spam", at=AT)
    leads = [make.lead(last_name="Fits"), in_sales_hands(last_name="Sold"), shut]

    action = about(ruth, "close", leads, cause="Left the company")

    assert outcomes(action) == {
        "Fits": ("fits", ""),
        "Sold": ("left", "Sales holds it"),
        "Shut": ("left", "It is closed"),
    }
    assert Lead.objects.open().count() == 2


def test_as_many_are_changed_as_the_preview_said(ruth):
    leads = [make.lead(), make.lead(), in_sales_hands()]
    action = about(ruth, "close", leads, cause="Left the company")
    said = asking.reckoning(action)["totals"]["fits"]

    asking.go(action, AT)

    assert (said, Lead.objects.filter(closed_cause="Left the company").count()) == (2, 2)
    assert action.state == "done"


def test_who_changed_hands_after_the_preview_is_left_out_of_the_run(ruth):
    lead = make.lead(last_name="Gone")
    action = about(ruth, "close", [lead], cause="spam")
    hand = Custodian.of(make.rep(), "sales")
    custody.hold([lead.pk], hand, next_action="call", next_action_at=AT, reason="Handed over", at=AT)

    asking.go(action, AT)

    assert outcomes(action) == {"Gone": ("left", "Sales holds it")}
    assert Lead.objects.open().count() == 1


def params_of(verb):
    """Something to choose for each verb, and what shows that it was done."""
    return {
        "source": lambda: {"source": make.source("Fair").pk, "campaign": None},
        "give": lambda: {"user": make.marketer("Ola Lind").pk},
        "stage": lambda: {"stage": "recycled"},
        "close": lambda: {"cause": "spam"},
        "enroll": lambda: {"track": make.track("Slow burn").pk},
        "leave": dict,
    }[verb]()


def state_of(lead):
    lead.refresh_from_db()
    hand = Custody.objects.filter(lead=lead).values("custodian", "next_action", "next_action_at").first()
    live = list(Enrollment.objects.live().filter(lead=lead).values_list("track", flat=True))
    return lead.source_id, lead.campaign_id, lead.stage, lead.closed_cause, hand and hand["custodian"], live


@pytest.mark.parametrize("verb", ["source", "give", "stage", "close", "enroll", "leave"])
def test_what_is_done_can_be_taken_back(ruth, verb):
    lead = make.lead(source=make.source("Website"))
    if verb == "leave":
        from nurture.enrolling import enroll

        enroll([lead.pk], make.track("Before"), reason="Fits", at=AT)
    before = state_of(lead)
    action = about(ruth, verb, [lead], **params_of(verb))
    asking.go(action, AT)
    done = state_of(lead)

    asking.undo(action, ruth, AT + timedelta(seconds=5))

    assert done != before
    assert state_of(lead) == before
    assert (action.state, BulkReversal.objects.get().by) == ("undone", ruth)


def test_who_was_changed_since_is_not_put_back_and_is_named(ruth):
    kept, moved = make.lead(last_name="Kept"), make.lead(last_name="Moved")
    action = about(ruth, "stage", [kept, moved], stage="recycled")
    asking.go(action, AT)
    moved.move_to(Stage.SUBSCRIBER, trigger="By hand", at=AT + timedelta(hours=1))

    asking.undo(action, ruth, AT + timedelta(hours=2))

    assert outcomes(action) == {"Kept": ("undone", ""), "Moved": ("overtaken", "It has been changed since")}
    assert sorted(Lead.objects.values_list("last_name", "stage")) == [
        ("Kept", "lead"),
        ("Moved", "subscriber"),
    ]


def test_a_track_whose_touch_has_gone_out_is_not_taken_back(ruth, mailbox):
    from nurture.models import Touch

    lead = make.lead(last_name="Met")
    action = about(ruth, "enroll", [lead], track=make.track("Slow burn").pk)
    asking.go(action, AT)
    lease = {"token": uuid4(), "lease_until": AT}
    for state, details in (("claimed", lease), ("sending", lease), ("sent", {"sent_at": AT})):
        Touch.objects.update(state=state, **{**NO_LEASE, **details})

    asking.undo(action, ruth, AT + timedelta(hours=1))

    assert outcomes(action)["Met"][0] == "overtaken"
    assert Enrollment.objects.live().count() == 1


@pytest.mark.parametrize(("days", "taken_back"), [(7, True), (8, False)])
def test_it_can_be_taken_back_for_seven_days(ruth, days, taken_back):
    action = about(ruth, "stage", [make.lead()], stage="recycled")
    asking.go(action, AT)

    assert asking.undo(action, ruth, AT + timedelta(days=days)) is taken_back


def test_a_second_click_does_nothing_more(ruth):
    action = about(ruth, "stage", [make.lead()], stage="recycled")

    assert [asking.go(action, AT), asking.go(action, AT)] == [True, False]
    assert [asking.undo(action, ruth, AT), asking.undo(action, ruth, AT)] == [True, False]


def test_a_worker_that_died_between_two_pieces_loses_nobody_and_does_nobody_twice(ruth, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    monkeypatch.setattr(working, "INLINE", 0)
    leads = [make.lead() for _each in range(5)]
    action = about(ruth, "stage", leads, stage="recycled")
    working.work(AT)
    asking.go(action, AT)
    working.claim(AT)
    action.refresh_from_db()
    with transaction.atomic():
        working.run(action, AT)  # and here it dies

    working.work(AT + working.LEASE + timedelta(seconds=1))

    assert action.rows.filter(outcome="done").count() == 5
    assert [lead.stage_changes.count() for lead in leads] == [1] * 5


def test_a_piece_costs_as_many_questions_for_one_lead_as_for_many(ruth):
    counts = []
    for many in (1, 3):
        action = about(ruth, "stage", [make.lead() for _each in range(many)], stage="recycled")
        BulkAction.objects.filter(pk=action.pk).update(state="running")
        with CaptureQueriesContext(connection) as asked:
            working.work(AT, action.pk)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- the pages ------------------------------------------------------------------------------------------


def test_a_selection_is_previewed_done_and_undone_in_the_browser(client, ruth):
    wanted, other = make.lead(), make.lead()

    begun = client.post("/bulk/begin/", {"verb": "stage", "lead": [wanted.public_id, "x"]}, follow=True)
    there = begun.redirect_chain[0][0]
    looked = client.post(there, {"stage": "recycled"}, follow=True)
    done = client.post(f"{there}go/", follow=True)
    undone = client.post(f"{there}undo/", follow=True)

    assert "1 lead. Nothing has happened yet." in begun.content.decode()
    assert "1 lead will be changed." in looked.content.decode()
    assert "1 lead is changed." in done.content.decode()
    assert "1 was put back by Ruth Amaro." in undone.content.decode()
    assert sorted(Lead.objects.values_list("stage", flat=True)) == ["lead", "lead"]
    assert other.stage_changes.count() == 0


def test_all_that_match_are_those_of_the_list(client, ruth):
    make.lead(last_name="Sandvik"), make.lead(last_name="Sandvik"), make.lead(last_name="Raman")

    client.post("/bulk/begin/", {"verb": "close", "all": "on", "ask": "q=sandvik"})

    assert sorted(BulkRow.objects.values_list("lead__last_name", flat=True)) == ["Sandvik", "Sandvik"]


def test_so_many_are_gathered_by_a_worker(client, ruth, monkeypatch):
    monkeypatch.setattr(asking, "AT_ONCE", 1)
    make.lead(), make.lead()

    client.post("/bulk/begin/", {"verb": "close", "all": "on"})
    gathering = BulkAction.objects.get().state
    working.work(timezone.now())

    assert (gathering, BulkAction.objects.get().state, BulkRow.objects.count()) == ("gathering", "draft", 2)


def test_nobody_chosen_is_said(client, ruth):
    answer = client.post("/bulk/begin/", {"verb": "close"}, follow=True)

    assert "Choose somebody first." in answer.content.decode()
    assert BulkAction.objects.count() == 0


def test_somebody_elses_bulk_action_is_not_found(client, ruth):
    action = about(make.marketer("Ola Lind"), "close", [make.lead()], cause="spam")

    answers = [client.get(f"/bulk/{action.public_id}/"), client.post(f"/bulk/{action.public_id}/go/")]

    assert [answer.status_code for answer in answers] == [404, 404]
