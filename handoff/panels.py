"""What handoff has to say on pages that show several apps: the rep's day, and a lead's handoffs."""

from handoff import agreements, considering, inbox, path
from handoff.contacting import TRIES
from handoff.models import Handoff, Offer, Opportunity, Verdict
from handoff.terms.lifecycle import STANDARD, Lifecycle
from leads.models import Custody, Kind, Lead, StageChange
from people.access import MANAGERS, REPS
from people.models import Side
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


@panel("lead", order=10)
def why_not_yet(request, lead, at) -> Panel | None:
    """While marketing holds a lead: what the agreement says of it now, case by case."""
    hand = getattr(lead, "custody", None)
    if hand is None or hand.side != Side.MARKETING:
        return None
    judged = considering.judge_all([lead.pk], at).get(lead.pk)
    if judged is None:
        return None
    return Panel("handoff/_why.html", {"verdict": judged.verdict, "agreement": judged.under.agreement})


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


@panel("lead", order=30)
def path_of(request, lead, at) -> Panel:
    """The agreed stages, where this lead stands on them, and each time it was with sales."""
    judged = Verdict.objects.filter(lead=lead).select_related("agreement").order_by("-at", "-pk").first()
    agreed = agreements.terms_of(judged.agreement).lifecycle if judged else Lifecycle.parse(STANDARD, {})
    ever = StageChange.objects.filter(lead__in=Lead.objects.same_as(lead).values("pk"))
    told = list(ever.select_related("by", "lead").order_by("at", "pk"))
    moves = [move for move in told if move.lead_id == lead.pk]  # two ways at once are no one way
    shown = {
        "lead": lead,
        "stops": path.stops(moves, agreed.kinds, stage=lead.stage, known_at=lead.at, at=at),
        "episodes": path.episodes(moves, agreed.kinds),
        "moves": told[::-1],
    }
    return Panel("handoff/_path.html", shown)


@panel("account", order=20)
def sales_of(request, account, at) -> Panel | None:
    """What sales has open with a company: handoffs that wait for an answer, and opportunities."""
    waiting = Handoff.objects.visible_to(request.user).open().filter(lead__account=account)
    leads = Lead.objects.visible_to(request.user).filter(account=account)
    deals = Opportunity.objects.filter(lead__in=leads, state=Opportunity.State.OPEN)
    shown = {
        "handoffs": list(waiting.select_related("lead")[:SHOWN]),
        "deals": list(deals.select_related("lead", "owner")[:SHOWN]),
    }
    return Panel("handoff/_account.html", shown) if any(shown.values()) else None
