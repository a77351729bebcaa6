"""Laying an open handoff before somebody, again or for the first time: one offer ends, another begins."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from handoff import agreements
from handoff.handing import give, page_of
from handoff.manning import staff_of
from handoff.models import Handoff, Offer
from handoff.routing import Case, Route, route
from leads.models import Custody
from leads.vocabulary import facts_of
from people.doorbell import ring
from people.models import Notice, Team, User
from people.tasks import send_notices


def team_of(handoff: Handoff) -> Team:
    """The sales team whose promise it is."""
    return handoff.agreement.team if handoff.agreement else agreements.first_team()


def route_again(handoff: Handoff, *, to: str, without: frozenset[int], at: datetime) -> tuple[User, Route]:
    """Walk the ladder for a handoff that lies before somebody already."""
    terms = agreements.terms_for(handoff)
    staff = staff_of(team_of(handoff), terms, at)
    owner = handoff.lead.account.owner_id if handoff.lead.account else None
    values = facts_of([handoff.lead_id], at=at)[handoff.lead_id]
    case = Case(values, to, account_owner=owner, without=without)
    found = route(case, terms, list(staff.states.values()), at)
    return staff.users[found.person], found


def lay_before(
    handoff: Handoff,
    offer: Offer,
    user: User,
    *,
    due_at: datetime,
    why: list[str],
    level: int,
    reason: str,
    at: datetime,
) -> Offer:
    """End the open offer and make the next; a page that still shows the old one is told so by its version."""
    Offer.objects.filter(pk=offer.pk).update(outcome=Offer.Outcome.PASSED_ON, ended_at=at)
    Handoff.objects.filter(pk=handoff.pk).update(lock=F("lock") + 1)
    again = Offer.objects.create(handoff=handoff, user=user, at=at, due_at=due_at, why=why, level=level)
    give([handoff.lead], user, Custody.Next.ANSWER, due_at, reason, at)
    tell(handoff, user, key=f"offer-{again.pk}", reason=reason, at=at)
    return again


def tell(handoff: Handoff, *users: User, key: str, reason: str, at: datetime) -> None:
    """Word of a handoff that cannot wait, once per key and person."""
    Notice.objects.tell(
        users,
        key=key,
        subject=_("%(lead)s: %(reason)s") % {"lead": handoff.lead, "reason": reason},
        body=handoff.why,
        url=page_of(handoff),
        at=at,
        urgent=True,
    )
    ring(send_notices, queue="urgent")
