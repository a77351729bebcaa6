"""Marketing may pass a person early: under an agreed code, within the agreed number a month."""

from datetime import timedelta

import pytest

from handoff.agreements import Refused
from handoff.exceptions import hand_early
from handoff.models import Handoff
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(db):
    codes = [{"code": "X2", "label": "asked for a price"}]
    agreement = make.agreement(exceptions={"codes": codes, "a_month": 2, "minutes": 60})
    make.rep(team=agreement.team)
    return make.marketer("Ruth Amaro")


def test_a_lead_is_passed_early_under_its_code_with_the_verdict_that_stood_against_it(marketer):
    handoff = hand_early(make.lead(), code="X2", by=marketer, at=MONDAY_9AM)

    assert (handoff.trigger, handoff.exception_code) == ("exception", "X2")
    assert handoff.why == "X2, asked for a price; passed by Ruth Amaro."
    assert handoff.verdict.outcome == "not_sure"
    assert handoff.open_offer.due_at == MONDAY_9AM + timedelta(hours=1)


def test_a_code_that_nobody_agreed_on_passes_nobody(marketer):
    with pytest.raises(Refused, match="agreed codes"):
        hand_early(make.lead(), code="X9", by=marketer, at=MONDAY_9AM)


def test_a_month_has_so_many_and_the_next_month_as_many_again(marketer):
    for _ in range(2):
        hand_early(make.lead(), code="X2", by=marketer, at=MONDAY_9AM)

    with pytest.raises(Refused, match="used up"):
        hand_early(make.lead(), code="X2", by=marketer, at=MONDAY_9AM + timedelta(days=14))
    hand_early(make.lead(), code="X2", by=marketer, at=MONDAY_9AM + timedelta(days=15))

    assert Handoff.objects.count() == 3


def test_a_lead_that_sales_holds_is_not_passed_again(marketer):
    handoff = hand_early(make.lead(), code="X2", by=marketer, at=MONDAY_9AM)

    with pytest.raises(Refused, match="marketing holds"):
        hand_early(handoff.lead, code="X2", by=marketer, at=MONDAY_9AM)
