"""Ready leads are found without anybody pushing a button, passed once, and not again for the same reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from handoff import agreements, considering, tasks
from handoff.consulting import consult
from handoff.models import Escalation, Handoff, Offer, Verdict
from leads import custody, news
from leads.facts import rate
from leads.models import Lead, Tally
from leads.signals import lead_changed
from people.models import Notice
from tests import make, make_scores
from tests.make import MONDAY_9AM
from tests.test_answering import at_once

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def agreement(db):
    made = make.agreement()
    make.rep(team=made.team)
    return made


def rated(lead, at=MONDAY_9AM, **ratings):
    rate(lead, ratings or {"need": 3, "timeframe": 2, "authority": 3}, by=None, at=at)
    return lead


def test_a_lead_whose_ratings_add_up_is_handed_over_without_anybody_pushing_a_button(agreement):
    lead = rated(make.lead())

    (handoff,) = considering.consider([lead.pk], LATER)

    assert (handoff.lead, handoff.trigger, handoff.why) == (
        lead,
        "criteria",
        "Rated 8 of 12, 8 needed.",
    )
    assert handoff.verdict.outcome == "ready"


def test_a_lead_is_judged_in_the_words_of_every_clause(agreement):
    lead = rated(make.lead(), need=1, timeframe=1, authority=1, profile=1)

    considering.consider([lead.pk], LATER)

    verdict = Verdict.objects.get()
    assert [(one["trigger"], one["truth"]) for one in verdict.readings] == [
        ("consultation", False),
        ("target", False),
        ("criteria", False),
        ("score", False),
    ]
    assert (verdict.outcome, verdict.trigger) == ("not_ready", "")


def test_a_verdict_is_stored_when_it_changes_and_only_then(agreement):
    lead = make.lead()
    considering.consider([lead.pk], LATER)
    considering.consider([lead.pk], LATER + timedelta(days=1))

    rated(lead, LATER)
    considering.consider([lead.pk], LATER + timedelta(days=2))

    assert [one.outcome for one in Verdict.objects.order_by("at")] == ["not_sure", "ready"]


def test_considering_twice_hands_over_once(agreement):
    lead = rated(make.lead())
    considering.consider([lead.pk], LATER)

    again = considering.consider([lead.pk], LATER)

    assert (again, Handoff.objects.count(), Verdict.objects.count()) == ([], 1, 1)


def test_a_rejected_lead_does_not_come_back_for_the_same_reason(agreement):
    lead = rated(make.lead())
    (handoff,) = considering.consider([lead.pk], LATER)
    handoff.reject(by=handoff.open_offer.user, seen=0, reason="no_budget", at=LATER)

    again = considering.consider([lead.pk], LATER + timedelta(days=1))

    assert again == []


def test_a_rejected_lead_comes_back_when_it_is_rated_anew(agreement):
    lead = rated(make.lead())
    (handoff,) = considering.consider([lead.pk], LATER)
    handoff.reject(by=handoff.open_offer.user, seen=0, reason="no_budget", at=LATER)

    rated(lead, LATER + timedelta(days=30))
    (again,) = considering.consider([lead.pk], LATER + timedelta(days=30))

    assert (again.lead, again.trigger) == (lead, "criteria")


def test_a_rejected_lead_comes_back_for_another_case(agreement):
    account = make.account(is_target=True)
    lead = rated(make.lead(account=account))
    (handoff,) = considering.consider([lead.pk], LATER)
    handoff.reject(by=handoff.open_offer.user, seen=0, reason="no_budget", at=LATER)

    Tally.objects.update(last_human_at=LATER + timedelta(days=1))
    (again,) = considering.consider([lead.pk], LATER + timedelta(days=1))

    assert (again.trigger, again.why) == ("target", "Target account answered.")


def test_a_rejected_lead_comes_back_when_a_case_has_ceased_and_holds_again(agreement):
    lead = rated(make.lead())
    (handoff,) = considering.consider([lead.pk], LATER)
    handoff.reject(by=handoff.open_offer.user, seen=0, reason="no_budget", at=LATER)

    Lead.objects.filter(pk=lead.pk).update(need=None)
    considering.consider([lead.pk], LATER + timedelta(days=1))
    Lead.objects.filter(pk=lead.pk).update(need=3)
    (again,) = considering.consider([lead.pk], LATER + timedelta(days=2))

    assert again.trigger == "criteria"


def test_a_lead_that_a_rep_works_on_is_not_passed_again(agreement):
    lead = rated(make.lead())
    (handoff,) = considering.consider([lead.pk], LATER)
    handoff.accept(by=handoff.open_offer.user, seen=0, at=LATER)

    rated(lead, LATER + timedelta(days=1), need=1)
    considering.consider([lead.pk], LATER + timedelta(days=1))
    rated(lead, LATER + timedelta(days=2), need=3)

    assert considering.consider([lead.pk], LATER + timedelta(days=2)) == []


def test_the_sweep_looks_at_whoever_is_due_and_says_when_to_look_again(agreement):
    account = make.account(is_target=True)
    due, later = make.lead(account=account), make.lead()
    Tally.objects.filter(lead=due).update(next_check_at=MONDAY_9AM, last_human_at=MONDAY_9AM)
    Tally.objects.filter(lead=later).update(next_check_at=LATER + timedelta(days=1))

    handed = considering.consider_due(LATER)

    due.tally.refresh_from_db()
    assert [one.lead for one in handed] == [due]
    assert due.tally.next_check_at == MONDAY_9AM + timedelta(days=14)  # when an answer counts no more
    assert Verdict.objects.filter(lead=later).count() == 0


def test_the_sweep_ends_although_a_closed_lead_is_due(agreement):
    lead = make.lead()
    custody.close([lead.pk], cause="spam", at=MONDAY_9AM)
    Tally.objects.filter(lead=lead).update(next_check_at=MONDAY_9AM)

    assert considering.consider_due(LATER) == []
    assert Tally.objects.get(lead=lead).next_check_at is None


def test_a_lead_that_changes_while_it_is_judged_stays_due_and_is_judged_again(agreement, monkeypatch):
    lead, judge_all = make.lead(), considering.judge_all

    def judging(lead_ids, at):
        judged = judge_all(lead_ids, at)
        rated(lead, LATER)
        return judged

    monkeypatch.setattr(considering, "judge_all", judging)
    considering.consider([lead.pk], LATER)

    assert Tally.objects.get(lead=lead).next_check_at == LATER
    assert Verdict.objects.count() == 0


def test_a_lead_that_cannot_be_judged_harms_itself_only(agreement, monkeypatch):
    poison, neighbour = make.lead(), rated(make.lead())
    judge = considering.judge

    def judging(facts, terms, at):
        if facts.values["email_domain"] == "poison.example":
            raise ValueError("no such number")
        return judge(facts, terms, at)

    Lead.objects.filter(pk=poison.pk).update(email="a@poison.example")
    monkeypatch.setattr(considering, "judge", judging)

    handed = considering.consider([poison.pk, neighbour.pk], LATER)

    poison.tally.refresh_from_db()
    assert [one.lead for one in handed] == [neighbour]
    assert poison.tally.next_check_at == LATER + timedelta(hours=1)


def test_the_first_agreement_that_covers_a_lead_decides(agreement):
    nordic = make.team("Oslo")
    make.rep("Nora", team=nordic)
    make.sales_manager("Kari", team=nordic)
    first = make.agreement(nordic, position=1, covers={"field": "country", "op": "is", "value": "NO"})
    norwegian, german = rated(make.lead(country="NO")), rated(make.lead(country="DE"))

    handed = considering.consider([norwegian.pk, german.pk], LATER)

    assert {one.lead: one.agreement for one in handed} == {norwegian: first, german: agreement}


def test_without_an_agreement_nobody_is_judged():
    lead = rated(make.lead())

    assert considering.consider([lead.pk], LATER) == []


def test_signing_an_agreement_makes_everybody_due(agreement):
    lead = make.lead()
    Tally.objects.update(next_check_at=None)
    draft = agreements.standard_draft(agreement.team, at=LATER)
    agreements.sign(draft, make.marketing_manager(), LATER)
    agreements.sign(draft, make.sales_manager(team=agreement.team), LATER)

    agreements.enforce(draft, LATER)

    assert Tally.objects.get(lead=lead).next_check_at == LATER


def test_as_many_queries_for_thirty_leads_as_for_two(agreement):
    make.rep(team=agreement.team)
    counts = []
    for size in (3, 3, 30):  # the first makes the hands
        leads = [rated(make.lead()).pk for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            handed = considering.consider(leads, LATER)
        assert len(handed) == size
        counts.append(len(queries))

    assert counts[1] == counts[2]


def test_news_of_leads_rings_for_a_worker_after_the_commit(
    agreement, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(
        tasks.consider_leads, "apply_async", lambda args, **how: rung.append((args, how["queue"]))
    )
    lead = make.lead()

    with django_capture_on_commit_callbacks(execute=True):
        news.changed([lead.pk], at=LATER)
        assert rung == []

    assert rung == [(([lead.pk],), "scores")]


def test_news_of_many_leads_travels_as_one_wake_up(
    agreement, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(tasks.consider_due, "apply_async", lambda args, **how: rung.append(args))

    with django_capture_on_commit_callbacks(execute=True):
        lead_changed.send(sender=None, lead_ids=range(5000), at=LATER)

    assert rung == [()]


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_four_workers_who_consider_the_same_leads_at_once_make_one_handoff_of_each():
    agreement = make.agreement()
    make.rep(team=agreement.team)
    leads = [rated(make.lead()).pk for _ in range(20)]

    at_once(*[lambda: considering.consider(leads, LATER)] * 4)

    assert sorted(Handoff.objects.values_list("lead", flat=True)) == leads
    assert sorted(Verdict.objects.values_list("lead", flat=True)) == leads
    assert Offer.objects.count() == 20


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_a_request_to_talk_meets_the_sweep_and_there_is_one_handoff():
    agreement = make.agreement()
    make.rep(team=agreement.team)
    for _round in range(10):
        lead = rated(make.lead())

        at_once(
            lambda lead=lead: considering.consider([lead.pk], LATER),
            lambda lead=lead: consult(lead, preferred_times="", words="", at=LATER),
        )

        handoff = Handoff.objects.get(lead=lead)
        assert (handoff.trigger, handoff.offers.filter(outcome="").count()) == ("consultation", 1)


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)
def test_every_task_of_handoff_does_no_harm_twice_in_a_row_and_twice_at_once():
    agreement = make.agreement()
    make.rep(team=agreement.team)
    lead = rated(make.lead())
    Tally.objects.update(next_check_at=MONDAY_9AM)
    counted = (Handoff, Offer, Verdict, Escalation, Notice)

    def run():
        tasks.consider_leads([lead.pk])
        tasks.consider_due()
        tasks.escalate_overdue()

    run()
    before = [one.objects.count() for one in counted]
    run()
    at_once(run, run)

    assert [one.objects.count() for one in counted] == before
    assert before[:3] == [1, 1, 1]


def test_the_score_that_lists_sort_by_follows_each_event_of_its_lead():
    lead, other, sheet = (
        make.lead(),
        make.lead(),
        make_scores.sheet(make_scores.rule(make_scores.signal(), 10)),
    )
    shown = []

    for _ in range(3):
        make_scores.did(lead)
        considering.consider([lead.pk], MONDAY_9AM)
        shown.append(dict(sheet.scores.values_list("lead", "points")))

    assert shown == [{lead.pk: points} for points in (10, 20, 30)]
    assert other.scores.count() == 0
