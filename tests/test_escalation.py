"""A promise that breaks is noticed once per level, and nobody who is not there keeps a handoff."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handoff import escalation
from handoff.escalation import escalate
from handoff.models import Escalation, Handoff, Offer
from people.models import Absence, Notice
from tests import make
from tests.make import MONDAY_9AM
from tests.test_answering import at_once

pytestmark = pytest.mark.django_db
DUE = MONDAY_9AM + timedelta(hours=5)  # four working hours and lunch
TWICE = MONDAY_9AM + timedelta(days=1, hours=1)  # three hours more that Monday, one on Tuesday


@pytest.fixture
def handoff(db):
    return make.handoff()


def holder(handoff):
    return handoff.open_offer.user


def away(user, first=date(2026, 11, 16), last=None):
    return Absence.objects.create(user=user, first_day=first, last_day=last or first)


def test_until_the_promise_breaks_nothing_happens(handoff):
    assert (escalate(DUE - timedelta(seconds=1)), Escalation.objects.count()) == (0, 0)


def test_a_broken_promise_is_told_to_the_rep_and_the_manager_and_can_still_be_answered(handoff):
    rep = holder(handoff)

    escalate(DUE)

    told = Notice.objects.filter(key__startswith="late-", channel="in_app").order_by("user")
    assert sorted(one.user.name for one in told) == sorted([rep.name, "Jonas Weil"])
    assert [(one.level, one.told.name) for one in Escalation.objects.all()] == [(1, "Jonas Weil")]
    assert handoff.accept(by=rep, seen=0, at=DUE + timedelta(minutes=1)).status == 200


def test_a_promise_breaks_once_however_often_one_looks(handoff):
    escalate(DUE)
    before = Notice.objects.count()

    again = escalate(DUE + timedelta(seconds=15))

    assert (again, Escalation.objects.count(), Notice.objects.count()) == (0, 1, before)


def test_who_found_it_late_a_moment_after_somebody_else_tells_nobody(handoff, monkeypatch, caplog):
    offer = handoff.open_offer
    escalate(DUE)

    monkeypatch.setattr(escalation, "_newly_late", lambda at: [offer.pk])  # as it was read before
    again = escalate(DUE)

    assert (again, Escalation.objects.count(), caplog.messages) == (0, 1, [])


def test_after_the_same_time_again_the_manager_holds_it(handoff):
    rep = holder(handoff)
    escalate(DUE)

    escalate(TWICE - timedelta(seconds=1))
    assert holder(handoff) == rep
    escalate(TWICE)

    offer = handoff.open_offer
    handoff.refresh_from_db()
    assert (offer.user.name, offer.level, handoff.lead.custody.owner) == ("Jonas Weil", 1, offer.user)
    assert [(one.level) for one in Escalation.objects.order_by("level")] == [1, 2]
    assert handoff.lock == 1


def test_a_page_that_was_open_when_the_manager_took_over_is_told_so(handoff):
    rep = holder(handoff)
    escalate(DUE)
    escalate(TWICE)

    answer = handoff.accept(by=rep, seen=0, at=TWICE + timedelta(minutes=3))

    assert (answer.status, answer.message) == (409, "Jonas Weil holds it now, since 3 min.")


def test_the_manager_keeps_what_nobody_answers_and_an_administrator_hears_of_it(handoff):
    make.user("Ada Root", is_superuser=True)
    escalate(DUE)
    escalate(TWICE)
    due_at = handoff.open_offer.due_at

    escalate(due_at)
    escalate(due_at + timedelta(days=30))

    assert holder(handoff).name == "Jonas Weil"
    assert [one.told.name for one in Escalation.objects.order_by("pk")] == [
        "Jonas Weil",
        "Jonas Weil",
        "Ada Root",
    ]


def test_one_look_after_a_long_silence_does_both_levels(handoff):
    escalate(TWICE + timedelta(days=7))

    assert [one.level for one in Escalation.objects.order_by("level")] == [1, 2]
    assert holder(handoff).name == "Jonas Weil"


def test_an_answered_handoff_breaks_no_promise(handoff):
    handoff.accept(by=holder(handoff), seen=0, at=MONDAY_9AM)

    assert escalate(TWICE) == 0


def test_a_rep_who_falls_ill_loses_what_is_open_to_somebody_who_is_there(handoff):
    rep, other = holder(handoff), make.rep(team=handoff.agreement.team)
    away(rep)

    escalate(MONDAY_9AM + timedelta(minutes=1))

    assert holder(handoff) == other
    assert [one.outcome for one in Offer.objects.order_by("pk")] == ["passed_on", ""]
    assert handoff.open_offer.why[0] == f"{rep} is away."


def test_a_rep_who_has_left_loses_what_is_open(handoff):
    rep, other = holder(handoff), make.rep(team=handoff.agreement.team)
    type(rep).objects.filter(pk=rep.pk).update(is_active=False)

    escalate(MONDAY_9AM + timedelta(minutes=1))

    assert holder(handoff) == other


def test_when_everybody_is_away_the_manager_keeps_it_though_away_and_nothing_goes_round_in_circles(handoff):
    for user in (holder(handoff), handoff.agreement.team.members.get(name="Jonas Weil")):
        away(user)

    escalate(MONDAY_9AM + timedelta(minutes=1))
    again = escalate(MONDAY_9AM + timedelta(minutes=2))

    assert (holder(handoff).name, again, Offer.objects.count()) == ("Jonas Weil", 0, 2)


def test_an_accepted_lead_of_a_rep_who_has_left_is_the_managers_to_decide(handoff):
    rep = holder(handoff)
    handoff.accept(by=rep, seen=0, at=MONDAY_9AM)
    type(rep).objects.filter(pk=rep.pk).update(is_active=False)

    escalate(MONDAY_9AM + timedelta(hours=1))
    again = escalate(MONDAY_9AM + timedelta(hours=1))

    handoff.lead.custody.refresh_from_db()
    assert (handoff.lead.custody.owner.name, handoff.lead.custody.next_action, again) == (
        "Jonas Weil",
        "review",
        0,
    )


def test_the_clock_of_a_promise_stands_still_over_night_and_on_the_night_when_clocks_change():
    office = make.calendar("Oslo office", time_zone="Europe/Oslo")
    friday = datetime(2026, 10, 23, 14, 0, tzinfo=UTC)  # 16:00 in Oslo; clocks go back on Sunday
    handoff = make.handoff(agreement=make.agreement(make.team("Oslo", calendar=office)), at=friday)

    due_at = handoff.open_offer.due_at

    assert due_at == datetime(2026, 10, 26, 11, 0, tzinfo=UTC)  # Monday noon by the new clock
    assert (escalate(due_at - timedelta(seconds=1)), escalate(due_at)) == (0, 1)


def test_one_that_cannot_be_handed_up_harms_itself_only(handoff, monkeypatch):
    other = make.handoff(agreement=handoff.agreement)
    tell = escalation.tell

    def telling(which, *users, **details):
        if which.pk == handoff.pk:
            raise ValueError("poison")
        tell(which, *users, **details)

    monkeypatch.setattr(escalation, "tell", telling)

    escalate(DUE)

    assert [one.offer.handoff for one in Escalation.objects.all()] == [other]


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_four_who_look_at_once_write_each_level_once():
    handoff = make.handoff()

    at_once(*[lambda: escalate(TWICE)] * 4)
    escalate(TWICE)

    assert [one.level for one in Escalation.objects.order_by("level")] == [1, 2]
    assert Handoff.objects.get(pk=handoff.pk).offers.filter(outcome="").count() == 1
    assert Notice.objects.filter(key__startswith="late-", channel="in_app").count() == 2
