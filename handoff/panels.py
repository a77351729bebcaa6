"""What handoff has to say on pages that show several apps: the rep's day, and a lead's handoffs."""

from handoff import inbox
from handoff.contacting import TRIES
from handoff.models import Handoff, Offer, Opportunity
from leads.models import Custody, Kind
from people.access import MANAGERS, REPS
from people.panels import Panel, panel

SHOWN = 8


@panel("home", order=10)
def to_answer(request, user, at) -> Panel | None:
    """For reps: what waits for a yes or no, and whom they promised to call."""
    if not user.is_in(*REPS):
        return None
    rows = inbox.queue(user, at)
    mine = Custody.objects.filter(owner=user, next_action__in=[Custody.Next.CONTACT, Custody.Next.PURSUE])
    calls = mine.select_related("lead__account").order_by("next_action_at", "pk")
    if not rows and not calls:
        return None
    shown = {"rows": rows[:SHOWN], "total": len(rows), "calls": calls[:SHOWN], "calls_total": calls.count()}
    return Panel("handoff/_today.html", shown)


@panel("home", order=20)
def late(request, user, at) -> Panel | None:
    """For managers: handoffs past their promise, whoever's."""
    if not user.is_in(*MANAGERS):
        return None
    offers = Offer.objects.open().filter(due_at__lt=at).select_related("user", "handoff__lead__account")
    shown = {"offers": offers.order_by("due_at")[:SHOWN], "total": offers.count()}
    return Panel("handoff/_late.html", shown) if shown["total"] else None


@panel("lead", order=20)
def handoffs_of(request, lead, at) -> Panel | None:
    """Every time this lead was passed to sales, and what came of it."""
    found = Handoff.objects.visible_to(request.user).filter(lead=lead)
    handoffs = list(
        found.select_related("agreement__team", "rep").prefetch_related("decisions__by", "offers__user")
    )
    deals = list(Opportunity.objects.filter(lead=lead).select_related("owner"))
    if not handoffs and not deals:
        return None
    won = next((one for one in handoffs if one.state == Handoff.State.ACCEPTED), None)
    mine = bool(won and lead.is_open and (won.rep == request.user or request.user.is_in(*MANAGERS)))
    shown = {
        "handoffs": handoffs,
        "deals": deals,
        "accepted": won if mine else None,
        "may_open": mine and not any(deal.state == Opportunity.State.OPEN for deal in deals),
        "tries": [(kind.value, kind.label) for kind in map(Kind, TRIES)],
    }
    return Panel("handoff/_handoffs.html", shown)
