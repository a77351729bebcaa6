"""A rep says yes or no, once, and the lead goes where the agreement says."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from handoff.models import Decision, Handoff, Offer
from nurture.models import Enrollment, Touch
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(minutes=20)


def rep_of(handoff):
    return handoff.offers.get(outcome="").user


def with_tracks():
    return [make.track(name=name) for name in ("Slow burn", "Find the decider", "Revival")]


def test_accepting_makes_the_lead_the_reps_with_first_contact_within_the_agreed_time():
    handoff = make.handoff()
    rep = rep_of(handoff)

    answer = handoff.accept(by=rep, seen=0, at=LATER)

    handoff.refresh_from_db()
    custody = handoff.lead.custody
    assert (answer.status, handoff.state, handoff.rep) == (200, "accepted", rep)
    assert (custody.owner, custody.next_action, handoff.lead.stage) == (rep, "contact", "sql")
    assert custody.next_action_at == MONDAY_9AM + timedelta(hours=5, minutes=20)  # four hours and lunch


@pytest.mark.parametrize(
    ("reason", "track"),
    [("no_budget", "Slow burn"), ("not_decider", "Find the decider"), ("unreachable", "Revival")],
)
def test_a_rejected_lead_lands_on_the_track_the_agreement_names(reason, track):
    with_tracks()
    handoff = make.handoff()

    answer = handoff.reject(by=rep_of(handoff), seen=0, reason=reason, at=LATER)

    lead = handoff.lead
    lead.refresh_from_db()
    assert answer.status == 200
    assert [str(one.track) for one in Enrollment.objects.live().filter(lead=lead)] == [track]
    assert (lead.custody.custodian.name, lead.custody.side, lead.stage) == (track, "marketing", "recycled")


def test_nothing_goes_out_while_a_rejection_can_be_taken_back():
    with_tracks()
    handoff = make.handoff()

    handoff.reject(by=rep_of(handoff), seen=0, reason="no_budget", at=LATER)

    assert Touch.objects.get().due_at >= LATER + timedelta(seconds=10)


def test_too_early_sleeps_until_the_morning_of_the_date():
    handoff = make.handoff()

    handoff.reject(by=rep_of(handoff), seen=0, reason="too_early", date=date(2027, 2, 1), at=LATER)

    custody = handoff.lead.custody
    assert (custody.side, custody.next_action) == ("marketing", "wake")
    assert custody.next_action_at.isoformat() == "2027-02-01T09:00:00+00:00"


@pytest.mark.parametrize("when", [None, date(2026, 11, 16), date(2026, 11, 1)])
def test_too_early_without_a_date_ahead_is_asked_again(when):
    handoff = make.handoff()

    answer = handoff.reject(by=rep_of(handoff), seen=0, reason="too_early", date=when, at=LATER)

    handoff.refresh_from_db()
    assert (answer.status, handoff.state) == (422, "open")


def test_a_reason_that_nobody_agreed_on_is_none():
    handoff = make.handoff()

    answer = handoff.reject(by=rep_of(handoff), seen=0, reason="bad mood", at=LATER)

    assert (answer.status, Decision.objects.count()) == (422, 0)


def test_a_lead_of_another_rep_goes_down_the_ladder_past_the_one_who_gave_it_back():
    handoff = make.handoff()
    first = rep_of(handoff)
    other = make.rep(team=handoff.agreement.team)

    answer = handoff.reject(by=first, seen=0, reason="other_rep", at=LATER)

    again = Handoff.objects.open().get()
    assert (answer.status, again.lead, rep_of(again), again.agreement) == (
        200,
        handoff.lead,
        other,
        handoff.agreement,
    )
    assert again.lead.custody.owner == other


def test_when_every_rep_has_given_it_back_the_manager_has_it():
    handoff = make.handoff()

    handoff.reject(by=rep_of(handoff), seen=0, reason="other_rep", at=LATER)

    assert rep_of(Handoff.objects.open().get()).name == "Jonas Weil"


def test_spam_is_closed_with_its_cause():
    handoff = make.handoff()

    handoff.reject(by=rep_of(handoff), seen=0, reason="spam", at=LATER)

    lead = handoff.lead
    lead.refresh_from_db()
    assert (lead.closed_cause, lead.closed_at, lead.stage) == (
        "Student, supplier or spam",
        LATER,
        "disqualified",
    )
    assert not hasattr(lead, "custody")


def test_a_reason_whose_track_is_gone_goes_back_to_marketing():
    with_tracks()
    handoff = make.handoff()
    from nurture.models import Track

    Track.objects.update(state="paused")

    handoff.reject(by=rep_of(handoff), seen=0, reason="no_budget", at=LATER)

    custody = handoff.lead.custody
    assert (custody.side, custody.next_action) == ("marketing", "enroll")


def test_feedback_and_ratings_are_kept():
    handoff = make.handoff()

    handoff.reject(
        by=rep_of(handoff), seen=0, reason="spam", feedback="A student", ratings={"need": 1}, at=LATER
    )

    handoff.lead.refresh_from_db()
    assert (Decision.objects.get().feedback, handoff.lead.need) == ("A student", 1)


def test_the_winners_double_click_is_the_same_success():
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    again = handoff.accept(by=rep, seen=0, at=LATER + timedelta(seconds=1))

    assert (again.status, Decision.objects.count()) == (200, 1)


def test_the_loser_hears_who_took_it_and_when():
    handoff = make.handoff()
    manager = handoff.agreement.team.members.get(name="Jonas Weil")
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    answer = handoff.accept(by=manager, seen=0, at=LATER + timedelta(seconds=3))

    assert (answer.status, answer.message) == (409, f"{rep} accepted it 3 s ago.")


def test_rejecting_what_one_has_accepted_is_too_late():
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    answer = handoff.reject(by=rep, seen=0, reason="spam", at=LATER)

    handoff.refresh_from_db()
    assert (answer.status, handoff.state) == (409, "accepted")


def test_a_page_that_has_seen_an_older_state_answers_nothing():
    handoff = make.handoff()
    Handoff.objects.update(lock=3)

    answer = handoff.accept(by=rep_of(handoff), seen=2, at=LATER)

    handoff.refresh_from_db()
    assert (answer.status, handoff.state) == (409, "open")


def test_only_who_holds_the_offer_or_manages_them_may_answer():
    handoff = make.handoff()
    stranger = make.rep(team=handoff.agreement.team)

    answer = handoff.accept(by=stranger, seen=0, at=LATER)

    handoff.refresh_from_db()
    assert (answer.status, handoff.state, handoff.lock) == (409, "open", 0)


def test_a_handoff_can_be_answered_after_its_promise_has_passed():
    handoff = make.handoff()

    answer = handoff.accept(by=rep_of(handoff), seen=0, at=MONDAY_9AM + timedelta(days=3))

    assert answer.status == 200


def test_undo_within_ten_seconds_brings_the_lead_back_from_the_track_and_the_clock_runs_on():
    with_tracks()
    handoff = make.handoff()
    rep = rep_of(handoff)
    due_at = handoff.offers.get().due_at
    handoff.reject(by=rep, seen=0, reason="no_budget", at=LATER)

    answer = handoff.undo(by=rep, at=LATER + timedelta(seconds=10))

    handoff.refresh_from_db()
    offer = handoff.offers.get(outcome="")
    lead = handoff.lead
    lead.refresh_from_db()
    assert (answer.status, handoff.state, handoff.round) == (200, "open", 1)
    assert (offer.user, offer.at, offer.due_at) == (rep, MONDAY_9AM, due_at)
    assert (lead.custody.owner, lead.custody.next_action, lead.stage) == (rep, "answer", "mql")
    assert [one.state for one in Enrollment.objects.all()] == ["exited"]
    assert [one.state for one in Touch.objects.all()] == ["skipped"]


def test_what_was_taken_back_can_be_answered_anew():
    with_tracks()
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.reject(by=rep, seen=0, reason="no_budget", at=LATER)
    handoff.undo(by=rep, at=LATER)
    handoff.refresh_from_db()

    answer = handoff.accept(by=rep, seen=handoff.lock, at=LATER)

    assert answer.status == 200
    assert [(one.round, one.outcome) for one in Decision.objects.order_by("pk")] == [
        (0, "rejected"),
        (1, "accepted"),
    ]


@pytest.mark.parametrize("reason", ["spam", "too_early", "other_rep"])
def test_every_destination_can_be_taken_back(reason):
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.reject(by=rep, seen=0, reason=reason, date=date(2027, 2, 1), at=LATER)

    handoff.undo(by=rep, at=LATER + timedelta(seconds=5))

    lead = handoff.lead
    lead.refresh_from_db()
    assert (lead.closed_at, lead.custody.owner, lead.stage) == (None, rep, "mql")
    assert [one.pk for one in Handoff.objects.open()] == [handoff.pk]
    assert [one.user for one in Offer.objects.open()] == [rep]


def test_an_acceptance_can_be_taken_back():
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    handoff.undo(by=rep, at=LATER + timedelta(seconds=5))

    handoff.refresh_from_db()
    assert (handoff.state, handoff.rep, handoff.lead.custody.next_action) == ("open", None, "answer")


def test_after_ten_seconds_an_answer_stands():
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    answer = handoff.undo(by=rep, at=LATER + timedelta(seconds=11))

    assert (answer.status, answer.message) == (
        409,
        "An answer can be taken back for 10 seconds; this one stands.",
    )


def test_nobody_takes_back_the_answer_of_somebody_else():
    handoff = make.handoff()
    rep = rep_of(handoff)
    handoff.accept(by=rep, seen=0, at=LATER)

    answer = handoff.undo(by=make.sales_manager("Eva Lund"), at=LATER)

    assert (answer.status, answer.message) == (409, f"Only {rep} can take this back.")


def at_once(*functions):
    """Run each on a thread and a connection of its own, all starting together."""
    barrier, results = Barrier(len(functions)), []

    def run(function):
        try:
            barrier.wait()
            results.append(function())
        finally:
            connection.close()

    threads = [Thread(target=run, args=(one,)) for one in functions]
    [one.start() for one in threads]
    [one.join() for one in threads]
    return results


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_one_of_eight_who_answer_at_once_wins_and_seven_are_told():
    agreement = make.agreement()
    make.rep(team=agreement.team)
    managers = [make.sales_manager(f"Manager {n}", team=agreement.team) for n in range(8)]
    for _round in range(20):
        handoff = make.handoff(agreement=agreement)

        def answer(by, pk=handoff.pk):
            return Handoff.objects.get(pk=pk).accept(by=by, seen=0, at=LATER).status

        statuses = at_once(*(lambda by=by: answer(by) for by in managers))

        assert sorted(statuses) == [200] + [409] * 7
