"""When nobody answers: broken promises are told upward once per level, and nobody absent keeps a handoff.

Level 1, when the promise breaks: the rep and the team's manager hear of it, and it can still be
answered. Level 2, when the same working time has passed once more: the manager holds it. Both are found
by a query and written once, so running this twice, or twice at once, makes no difference.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from handoff import agreements
from handoff.handing import give
from handoff.manning import absences_of, due_for, hours_of, is_present
from handoff.models import Escalation, Offer
from handoff.reoffering import lay_before, route_again, tell
from leads.models import Custody, Lead
from people import clock
from people.models import Absence, User

log = logging.getLogger(__name__)
BROKEN, HANDED_UP = 1, 2
ADAY = timedelta(days=1)
WITH = (
    "user__team__calendar",
    "user__calendar",
    "handoff__lead__account",
    "handoff__agreement__team__calendar",
)


def escalate(at: datetime) -> int:
    """Whatever is late or lies before somebody who is not there; returns how many were moved."""
    return (
        _each(_tell_upward, _newly_late(at), at)
        + _each(_hand_up, _twice_late(at), at)
        + _each(_from_the_absent, _before_the_absent(at), at)
        + _each(_from_the_departed, _held_by_the_departed(), at)
    )


def _each(verb: Callable[[int, datetime], int], keys: Iterable[int], at: datetime) -> int:
    """Each in a transaction of its own: one that fails is logged, and the others go on."""
    moved = 0
    for key in keys:
        try:
            moved += verb(key, at)
        except Exception:
            log.exception("%s failed for %s", verb.__name__.strip("_"), key)
    return moved


def _newly_late(at: datetime) -> list[int]:
    late = Offer.objects.open().filter(due_at__lte=at).exclude(escalations__level=BROKEN)
    return list(late.order_by("due_at").values_list("pk", flat=True))


def _open_offer(pk: int) -> Offer | None:
    """The offer, ours alone until the end of the transaction; nothing if it ended or somebody is at it."""
    locked = Offer.objects.open().select_for_update(of=("self", "handoff"), skip_locked=True)
    return locked.select_related(*WITH).filter(pk=pk).first()


def _once(offer: Offer, level: int, told: User | None, at: datetime) -> bool:
    """Write the level of this offer; False where it has been written before."""
    if offer.escalations.filter(level=level).exists():
        return False
    Escalation.objects.create(offer=offer, level=level, told=told, at=at)
    return True


@transaction.atomic
def _tell_upward(pk: int, at: datetime) -> int:
    offer = _open_offer(pk)
    if offer is None:
        return 0
    handoff = offer.handoff
    manager, _route = route_again(handoff, to="manager", without=frozenset({offer.user_id}), at=at)
    if not _once(offer, BROKEN, manager, at):
        return 0
    reason = _("past the promise, before %(name)s") % {"name": offer.user}
    tell(handoff, offer.user, manager, key=f"late-{offer.pk}", reason=reason, at=at)
    return 1


def _twice_late(at: datetime) -> Iterator[int]:
    """Offers before a rep for which the promised working time has passed a second time."""
    told = Offer.objects.open().filter(level=0, due_at__lte=at, escalations__level=BROKEN)
    told = told.exclude(escalations__level=HANDED_UP).select_related(*WITH)
    for offer in told.prefetch_related("user__absences").order_by("due_at"):
        if second_due(offer) <= at:
            yield offer.pk


def second_due(offer: Offer) -> datetime:
    """When the working time of this promise has passed once more."""
    terms = agreements.terms_for(offer.handoff)
    hours, absences = hours_of(offer.user, terms), absences_of(offer.user)
    promised = clock.working_between(offer.at, offer.due_at, hours, absences) // 60
    try:
        return clock.add_working(offer.due_at, max(promised, 1), hours, absences)
    except clock.NeverOpen:  # they will not be back: nothing to wait for
        return offer.due_at


@transaction.atomic
def _hand_up(pk: int, at: datetime) -> int:
    """The manager holds it now; whoever can't be found a manager for keeps it, late and told."""
    offer = _open_offer(pk)
    if offer is None:
        return 0
    handoff = offer.handoff
    manager, found = route_again(handoff, to="manager", without=frozenset({offer.user_id}), at=at)
    if not _once(offer, HANDED_UP, manager, at) or manager == offer.user:
        return 0
    terms = agreements.terms_for(handoff)
    lay_before(
        handoff,
        offer,
        manager,
        due_at=due_for(manager, terms, terms.minutes_for(handoff.trigger), at),
        why=[_("%(name)s did not answer.") % {"name": offer.user}, *found.steps],
        level=offer.level + 1,
        reason=_("Nobody has answered"),
        at=at,
    )
    return 1


def _before_the_absent(at: datetime) -> list[int]:
    """Open offers before people who have left, or who are away today by the calendar of any zone."""
    days = ((at - ADAY).date(), (at + ADAY).date())
    away = Absence.objects.filter(first_day__lte=days[1], last_day__gte=days[0]).values("user")
    found = Offer.objects.open().filter(Q(user__is_active=False) | Q(user__in=away))
    return list(found.order_by("due_at").values_list("pk", flat=True))


@transaction.atomic
def _from_the_absent(pk: int, at: datetime) -> int:
    """Down the ladder again; where it ends at the same person, nobody else is there."""
    offer = _open_offer(pk)
    if offer is None or (offer.user.is_active and is_present(offer.user, at)):
        return 0
    handoff = offer.handoff
    to = "manager" if offer.level else "ladder"  # who did not answer is not asked again
    user, found = route_again(handoff, to=to, without=frozenset({offer.user_id}), at=at)
    if user == offer.user:
        return 0
    terms = agreements.terms_for(handoff)
    words = _("is away") if offer.user.is_active else _("works here no more")
    lay_before(
        handoff,
        offer,
        user,
        due_at=due_for(user, terms, terms.minutes_for(handoff.trigger), at),
        why=[f"{offer.user} {words}.", *found.steps],
        level=offer.level,
        reason=f"{offer.user} {words}",
        at=at,
    )
    return 1


def _held_by_the_departed() -> list[int]:
    """Leads that somebody who has left accepted and still holds."""
    held = Custody.objects.filter(owner__is_active=False).exclude(next_action=Custody.Next.ANSWER)
    return list(held.values_list("lead", flat=True))


@transaction.atomic
def _from_the_departed(lead_id: int, at: datetime) -> int:
    """The manager decides what becomes of a lead whose rep has left."""
    custody = Custody.objects.select_for_update(of=("self",)).filter(lead=lead_id, owner__is_active=False)
    held = custody.select_related("owner").first()
    last = Lead.objects.get(pk=lead_id).handoffs.order_by("-at", "-pk").first()
    if held is None or held.owner is None or last is None:
        return 0
    manager, _found = route_again(last, to="manager", without=frozenset({held.owner.pk}), at=at)
    reason = _("%(name)s works here no more") % {"name": held.owner}
    give([last.lead], manager, Custody.Next.REVIEW, at, reason, at)
    tell(last, manager, key=f"left-{lead_id}-{held.owner.pk}", reason=reason, at=at)
    return 1
