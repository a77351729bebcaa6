"""Who comes again: by a file that tells of the past, after their lead was closed, after they opted out."""

from datetime import timedelta

import pytest

from leads import facts
from leads.models import Account, Consent, Custody, Fact, Lead, Stage, StageChange, Suppression
from tests.arriving import HOUR, a_file, arrive, close, counts
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


def test_the_same_file_twice_changes_nothing_although_its_rows_contradict_each_other(ines):
    rows = [
        {"email": "ann@acme.example", "facts": {"employees": 100, "title": "Buyer"}},
        {"email": "bo@acme.example", "facts": {"employees": 120}},
        {"email": "ann@acme.example", "facts": {"title": "Head of buying"}},
    ]
    first = arrive(*rows, batch=a_file())
    before = list(Fact.objects.values_list("pk", flat=True))

    second = arrive(*rows, batch=a_file(), at=MONDAY_9AM + HOUR)

    assert (counts(first), counts(second)) == ((2, 0, 1, 0), (0, 0, 3, 0))
    assert list(Fact.objects.values_list("pk", flat=True)) == before
    assert (Account.objects.get().facts, Lead.objects.get(email="ann@acme.example").facts) == (
        {"employees": 120},
        {"title": "Head of buying"},
    )


def test_a_file_that_says_something_else_is_heard(ines):
    for value, hour in (("Buyer", 0), ("Head of buying", 1), ("Buyer", 2)):
        arrive(
            {"email": "ann@acme.example", "facts": {"title": value}},
            batch=a_file(f"{hour}.csv"),
            at=MONDAY_9AM + hour * HOUR,
        )

    assert Lead.objects.get().facts == {"title": "Buyer"}
    assert Fact.objects.count() == 3


def test_history_keeps_its_own_dates(ines):
    then = MONDAY_9AM - timedelta(days=900)

    arrive({"email": "ann@acme.example", "at": then, "known_at": then, "facts": {"title": "Buyer"}})

    lead = Lead.objects.get()
    said, moved = Fact.objects.get(), StageChange.objects.get()
    assert {lead.at, lead.known_at, said.at, said.known_at, moved.at, moved.known_at} == {then}
    assert lead.custody.next_action_at == MONDAY_9AM


def test_a_closed_lead_who_comes_back_starts_anew(ines):
    [lead] = arrive({"email": "ann@acme.example"}).lead_ids
    close(lead)

    again = arrive({"email": "ann@acme.example"}, at=MONDAY_9AM + HOUR)

    back = Lead.objects.get()
    assert counts(again) == (0, 1, 0, 0)
    assert (back.is_open, back.stage, back.custody.next_action) == (True, Stage.LEAD, Custody.Next.ENROLL)


@pytest.mark.parametrize("told", [None, MONDAY_9AM - HOUR])
def test_a_file_that_names_a_closed_lead_does_not_say_that_they_came_back(ines, told):
    [lead] = arrive({"email": "ann@acme.example"}).lead_ids
    close(lead)

    again = arrive({"email": "ann@acme.example", "at": told}, batch=a_file(), at=MONDAY_9AM + HOUR)

    assert (counts(again), Lead.objects.get().is_open) == ((0, 0, 1, 0), False)


def test_a_file_that_tells_again_of_the_first_contact_does_not_reopen_a_lead_closed_before_it(ines):
    row = {"email": "ann@acme.example", "at": MONDAY_9AM}
    [lead] = arrive(row, batch=a_file()).lead_ids
    close(lead, at=MONDAY_9AM - HOUR)

    assert counts(arrive(row, batch=a_file())) == (0, 0, 1, 0)


def test_who_opted_out_stays_out_when_a_file_says_otherwise_and_may_agree_again(ines):
    [lead] = arrive({"email": "ann@acme.example", "consent": "Fair"}, batch=a_file()).lead_ids
    facts.consent([lead], "email", False, "Unsubscribed", at=MONDAY_9AM + HOUR)

    arrive({"email": "ann@acme.example", "consent": "Fair"}, batch=a_file(), at=MONDAY_9AM + 2 * HOUR)
    assert (Lead.objects.get().refused, Suppression.objects.count()) == (["email"], 1)

    arrive({"email": "ann@acme.example", "consent": True}, at=MONDAY_9AM + 3 * HOUR)
    assert (Lead.objects.get().refused, Suppression.objects.count()) == ([], 0)
    assert list(Consent.objects.order_by("at").values_list("given", flat=True)) == [True, False, True]


def test_a_suppressed_address_is_refused_by_whoever_brings_it(ines):
    Suppression.objects.create(channel="email", address="ANN@acme.example", reason="bounced", at=MONDAY_9AM)

    arrive({"email": "ann@acme.example"})

    assert Lead.objects.get().refused == ["email"]
