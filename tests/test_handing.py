"""A ready lead reaches one rep, with a deadline, a reason and a word of it."""

import pytest

from handoff.handing import hand_over
from handoff.models import Handoff, Offer
from people.models import Notice
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


def test_a_lead_that_is_handed_over_lies_before_one_rep_with_a_deadline():
    agreement = make.agreement()
    rep = make.rep(team=agreement.team)
    lead = make.lead()

    (handoff,) = hand_over([make.passing(lead, agreement=agreement, trigger="score")], MONDAY_9AM)

    offer = Offer.objects.get(handoff=handoff)
    lead.refresh_from_db()
    assert offer.user == rep
    assert (offer.due_at - offer.at).total_seconds() == 5 * 3600  # four hours and lunch
    assert (lead.custody.owner, lead.custody.next_action) == (rep, "answer")
    assert lead.custody.next_action_at == offer.due_at
    assert lead.stage == "mql"
    assert sorted(Notice.objects.values_list("user", "channel")) == [(rep.pk, "email"), (rep.pk, "in_app")]


def test_a_lead_has_one_open_handoff_however_often_it_is_handed_over():
    first = make.handoff()

    again = hand_over([make.passing(first.lead, agreement=first.agreement)], MONDAY_9AM)

    assert (again, Handoff.objects.count()) == ([], 1)
