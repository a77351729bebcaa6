"""Somebody asks to talk to sales, and a rep has it in the commit of the request."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from handoff import receivers
from handoff.models import Handoff, Verdict
from leads import custody
from leads.models import Stage
from leads.signals import consultation_requested
from people.models import Absence, Notice
from people.tasks import send_notices
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)


def ask(lead, at=MONDAY_9AM, times="", words=""):
    consultation_requested.send(sender=None, lead=lead, preferred_times=times, words=words, at=at)
    return Handoff.objects.open().get(lead=lead)


def fail_after(verb, *args):
    verb(*args)
    raise ZeroDivisionError


def test_the_signal_has_exactly_one_receiver():
    found = [call() for _key, call, *_rest in consultation_requested.receivers]

    assert found == [receivers.hand_over_at_once]


def test_who_asks_to_talk_to_sales_is_before_a_rep_within_the_transaction():
    rep = make.rep(team=make.agreement().team)

    handoff = ask(make.lead(), times="Thursday", words="Can it stand 85 degrees?")

    offer = handoff.open_offer
    assert (offer.user, offer.due_at) == (rep, MONDAY_9AM + timedelta(minutes=30))
    assert (handoff.trigger, handoff.preferred_times) == ("consultation", "Thursday")
    assert handoff.why == "Asked to talk to sales: “Can it stand 85 degrees?”"
    assert [one.urgent for one in Notice.objects.filter(user=rep)] == [True, True]
    assert Verdict.objects.get().trigger == "consultation"


def test_the_mail_about_a_request_does_not_wait_for_the_timetable(
    monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(send_notices, "apply_async", lambda args, **how: rung.append(how["queue"]))
    make.rep(team=make.agreement().team)

    with django_capture_on_commit_callbacks(execute=True):
        ask(make.lead())

    assert rung == ["urgent"]


def test_a_request_that_is_rolled_back_was_never_passed():
    make.rep(team=make.agreement().team)
    lead = make.lead()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail_after(ask, lead)

    assert (Handoff.objects.count(), Notice.objects.count(), lead.custody.side) == (0, 0, "marketing")


def test_before_anything_is_signed_a_request_reaches_a_sales_manager():
    make.rep(team=make.team())
    manager = make.sales_manager()

    handoff = ask(make.lead())

    assert (handoff.open_offer.user, handoff.agreement, handoff.verdict) == (manager, None, None)


def test_before_anything_is_signed_a_request_can_be_answered_and_rejected():
    make.sales_manager()
    make.marketing_manager()
    handoff = ask(make.lead())

    answer = handoff.reject(by=handoff.open_offer.user, seen=0, reason="no_budget", at=LATER)

    assert (answer.status, handoff.lead.custody.side) == (200, "marketing")


def test_a_request_at_night_is_passed_at_night_and_due_in_working_time():
    make.rep(team=make.agreement().team)
    friday_night = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)

    handoff = ask(make.lead(), friday_night)

    assert handoff.open_offer.due_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_an_open_handoff_gets_the_shorter_promise_when_its_lead_asks():
    handoff = make.handoff()

    again = ask(handoff.lead, LATER, times="now")

    assert again == handoff
    assert (again.trigger, again.preferred_times, again.lock) == ("consultation", "now", 1)
    assert [(one.outcome, one.due_at) for one in again.offers.order_by("pk")] == [
        ("passed_on", MONDAY_9AM + timedelta(hours=5)),
        ("", LATER + timedelta(minutes=30)),
    ]
    assert again.lead.custody.next_action_at == LATER + timedelta(minutes=30)


def test_a_promise_that_is_nearly_over_does_not_become_longer():
    handoff = make.handoff()

    again = ask(handoff.lead, MONDAY_9AM + timedelta(hours=4, minutes=50))

    assert again.open_offer.due_at == MONDAY_9AM + timedelta(hours=5)


def test_a_broken_promise_stays_broken_and_is_said_again():
    handoff = make.handoff()
    late = MONDAY_9AM + timedelta(hours=6)

    again = ask(handoff.lead, late)

    assert again.offers.get().due_at == MONDAY_9AM + timedelta(hours=5)
    assert Notice.objects.filter(at=late, user=again.open_offer.user).count() == 2


def test_an_open_handoff_of_somebody_who_is_away_goes_to_somebody_who_is_there():
    handoff = make.handoff()
    other = make.rep(team=handoff.agreement.team)
    day = date(2026, 11, 16)
    Absence.objects.create(user=handoff.open_offer.user, first_day=day, last_day=day)

    assert ask(handoff.lead, LATER).open_offer.user == other


def test_a_lead_that_a_rep_has_accepted_and_that_asks_again_goes_to_the_same_rep():
    handoff = make.handoff()
    rep = handoff.open_offer.user
    make.rep(team=handoff.agreement.team)
    handoff.accept(by=rep, seen=0, at=MONDAY_9AM)

    again = ask(handoff.lead, LATER)

    assert (again.pk != handoff.pk, again.open_offer.user) == (True, rep)
    assert again.lead.stage == Stage.SQL


def test_a_closed_lead_that_asks_is_open_again():
    make.rep(team=make.agreement().team)
    lead = make.lead()
    custody.close([lead.pk], cause="spam", at=MONDAY_9AM)

    handoff = ask(lead, LATER)

    lead.refresh_from_db()
    assert (lead.closed_at, lead.custody.owner) == (None, handoff.open_offer.user)


def test_a_request_is_passed_although_the_lead_was_rejected_an_hour_ago():
    handoff = make.handoff()
    handoff.reject(
        by=handoff.open_offer.user, seen=0, reason="too_early", date=date(2027, 1, 1), at=MONDAY_9AM
    )

    assert ask(handoff.lead, LATER).state == "open"
