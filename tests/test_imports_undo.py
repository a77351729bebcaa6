"""Taking imports back."""

import pytest

from handoff.models import Opportunity
from leads import facts
from leads.imports import running
from leads.models import Account, Fact, Import, Lead, Saying
from nurture.enrolling import enroll
from nurture.models import Touch
from tests import make
from tests.importing import PEOPLE, bring, take_back
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


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

    said = take_back(batch)

    kept.refresh_from_db()
    batch.refresh_from_db()
    assert list(Lead.objects.order_by("pk").values_list("last_name", flat=True)) == ["Old", "Ray"]
    assert (kept.facts, Lead.objects.get(pk=bo.pk).facts) == ({}, {"title": "COO"})
    assert set(Account.objects.values_list("name", flat=True)) == {"beta.example"}
    assert (batch.state, said) == (
        Import.State.UNDONE,
        [
            "2 leads were removed.",
            "1 value was put back.",
            "4 facts were taken back.",
            "1 lead stays, because something else has touched it since:",
            "Ray: something else is known",
        ],
    )
    assert running.ask(batch, "undo") is False


def test_a_lead_that_a_track_has_taken_up_but_not_written_to_can_be_undone():
    batch = bring(PEOPLE)
    enroll([lead.pk for lead in Lead.objects.all()], make.track(), reason="New", at=MONDAY_9AM)
    assert Touch.objects.count() > 0

    take_back(batch)

    assert (Lead.objects.count(), Touch.objects.count()) == (0, 0)


def test_a_lead_that_sales_have_seen_stays():
    batch = bring(PEOPLE)
    bo = Lead.objects.get(last_name="Ray")
    Opportunity.objects.create(lead=bo, name="Deal", at=MONDAY_9AM, known_at=MONDAY_9AM)

    said = take_back(batch)

    assert list(Lead.objects.all()) == [bo]
    assert said[2] == "Bo Ray: has an opportunity"


def test_the_ledgers_are_closed_again_after_an_undo():
    take_back(bring(PEOPLE))
    make.lead()
    facts.learn(
        [facts.Answer("title", "CEO", Saying.SALES, MONDAY_9AM, lead_id=Lead.objects.get().pk)],
        known_at=MONDAY_9AM,
    )

    with pytest.raises(Exception, match="facts are never changed"):
        Fact.objects.all().delete()
