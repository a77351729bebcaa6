"""An accepted lead becomes an opportunity, and that one is won or lost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from handoff import considering, opportunities
from handoff.opportunities import NotYours
from leads.facts import rate
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(days=20)


@pytest.fixture
def accepted(db):
    handoff = make.handoff()
    handoff.accept(by=handoff.open_offer.user, seen=0, at=MONDAY_9AM)
    return handoff


def opened(handoff):
    handoff.refresh_from_db()
    return opportunities.open_for(
        handoff, name="Return pumps", amount=Decimal(400_000), by=handoff.rep, at=MONDAY_9AM
    )


def test_an_accepted_handoff_opens_an_opportunity_for_its_rep(accepted):
    made = opened(accepted)

    made.lead.refresh_from_db()
    assert (made.owner, made.handoff, made.state) == (accepted.rep, accepted, "open")
    assert (made.lead.stage, made.lead.custody.next_action) == ("opportunity", "pursue")


def test_what_nobody_accepted_is_no_opportunity():
    handoff = make.handoff()

    with pytest.raises(NotYours):
        opportunities.open_for(handoff, name="Pumps", by=make.rep(), at=MONDAY_9AM)


def test_a_won_opportunity_makes_a_customer_and_nobodys_lead(accepted):
    made = opportunities.won(opened(accepted), amount=Decimal("412500.50"), by=accepted.rep, at=LATER)

    made.lead.refresh_from_db()
    assert (made.state, made.amount, made.ended_at) == ("won", Decimal("412500.50"), LATER)
    assert (made.lead.stage, made.lead.closed_cause) == ("customer", "Won")


def test_a_lost_opportunity_goes_back_to_marketing(accepted):
    make.marketing_manager()

    made = opportunities.lost(opened(accepted), by=accepted.rep, at=LATER)

    made.lead.refresh_from_db()
    assert (made.state, made.lead.stage) == ("lost", "recycled")
    assert (made.lead.custody.side, made.lead.custody.next_action) == ("marketing", "enroll")


def test_an_opportunity_ends_once(accepted):
    made = opened(accepted)
    opportunities.won(made, amount=Decimal(1), by=accepted.rep, at=LATER)

    with pytest.raises(NotYours):
        opportunities.lost(made, by=accepted.rep, at=LATER)


def test_a_lost_lead_is_not_passed_again_for_what_was_known_before():
    agreement = make.agreement()
    make.rep(team=agreement.team)
    lead = make.lead()
    rate(lead, {"need": 3, "timeframe": 3, "authority": 3}, by=None, at=MONDAY_9AM)
    (handoff,) = considering.consider([lead.pk], MONDAY_9AM)
    handoff.accept(by=handoff.open_offer.user, seen=0, at=MONDAY_9AM)
    opportunities.lost(opened(handoff), by=handoff.rep, at=LATER)

    assert considering.consider([lead.pk], LATER) == []
