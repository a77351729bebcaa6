"""What sales does in the demo: answers in working hours, calls whom it accepted, makes deals."""

from datetime import datetime, timedelta
from decimal import Decimal

from handoff import answering, contacting, opportunities
from handoff.demo.cast import WORDS, Cast
from handoff.models import Handoff, Offer, Opportunity
from leads.models import Kind
from people.clock import add_working
from people.models import User


def answer(cast: Cast, at: datetime) -> None:
    """Reps answer in their hours, mostly in time; what they say follows how warm the lead is."""
    for offer in Offer.objects.open().select_related(
        "handoff__lead", "user__team__calendar", "user__calendar"
    ):
        minutes = int(cast.chance.expovariate(1 / 70)) + 3
        then = add_working(max(offer.at, at - timedelta(hours=20)), minutes, offer.user.own_calendar.hours)
        if then < at + timedelta(hours=9) and cast.chance.random() < 0.9:
            decide(cast, offer, max(then, offer.at + timedelta(minutes=1)))


def decide(cast: Cast, offer: Offer, at: datetime) -> None:
    handoff, chance = offer.handoff, cast.chance
    warm = cast.warmth.get(handoff.lead_id, 1)
    if chance.random() < (0.15, 0.45, 0.75, 0.92)[warm]:
        done = answering.accept(handoff, by=offer.user, seen=handoff.lock, at=at)
        if done.ok:
            contact(cast, done.handoff, offer.user, at + timedelta(hours=chance.choice((1, 2, 3, 20))))
        return
    reason = chance.choice(("no_budget", "no_budget", "not_decider", "too_early", "unreachable", "spam"))
    date = (at + timedelta(days=chance.randrange(20, 90))).date() if reason == "too_early" else None
    said = chance.choice(("", "", "Only wanted the white paper.", "Nice people, no project."))
    answering.reject(
        handoff, by=offer.user, seen=handoff.lock, at=at, reason=reason, date=date, feedback=said
    )


def contact(cast: Cast, handoff: Handoff, rep: User, at: datetime) -> None:
    """The rep calls whom they accepted, and sometimes there is business in it."""
    contacting.log_call(handoff, kind=Kind.CALL, note=cast.chance.choice(WORDS), by=rep, at=at)
    if cast.chance.random() < 0.2 + 0.15 * cast.warmth.get(handoff.lead_id, 1):
        name = f"{cast.chance.choice(('KS-40', 'KS-60', 'Seal kit', 'CIP loop'))} for {handoff.lead.account}"
        opportunities.open_for(handoff, name=name[:200], by=rep, at=at)


def deal(cast: Cast, at: datetime) -> None:
    """Business takes weeks: some is won, some is not."""
    chance = cast.chance
    for opportunity in Opportunity.objects.filter(state="open", at__lt=at - timedelta(days=14)):
        fate, owner = chance.random(), opportunity.owner
        assert owner
        if fate < 0.03:
            amount = Decimal(chance.randrange(8, 90)) * 1000
            opportunities.won(opportunity, amount=amount, by=owner, at=at)
        elif fate < 0.06:
            opportunities.lost(opportunity, by=owner, at=at)
