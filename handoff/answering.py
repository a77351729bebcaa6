"""What a rep says of a handoff: accept or reject; one of several at once wins, the rest are told who.

Each verb is one guarded update and its consequences in one transaction, so a handoff is answered once
or not at all. Expected trouble is an answer in plain words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from handoff import agreements, destinations, lifecycle
from handoff.handing import give
from handoff.manning import due_for
from handoff.models import Decision, Handoff, Offer
from leads import facts
from leads.activities import lock_tallies
from leads.models import Custody, Lead
from people.models import User
from people.models.user import ADMINISTRATORS, SALES_MANAGERS

UNDO = timedelta(seconds=10)
OPEN, ACCEPTED, REJECTED = Handoff.State.OPEN, Handoff.State.ACCEPTED, Handoff.State.REJECTED
#: A lead that has come further than this does not go back to being an SQL.


@dataclass(frozen=True)
class Answer:
    """What became of it: done (200), somebody was faster (409), or something is missing (422)."""

    status: int
    message: str
    handoff: Handoff
    decision: Decision | None = None

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def undo_until(self) -> datetime | None:
        return self.decision.at + UNDO if self.decision and self.ok else None


class _Lost(Exception):
    """Somebody else was faster; rolls the whole answer back."""


def may_answer(user: User, offer: Offer | None) -> bool:
    """Whoever holds the open offer, the manager of their team, a sales manager or an administrator."""
    if offer is None:
        return False
    team = offer.user.team
    manages = team is not None and team.manager_id == user.pk
    return offer.user_id == user.pk or manages or user.is_in(SALES_MANAGERS, ADMINISTRATORS)


def accept(handoff: Handoff, *, by: User, seen: int | None, at: datetime, feedback: str = "") -> Answer:
    """Yes: the lead is theirs, first contact within the agreed time."""
    return _answer(handoff, ACCEPTED, by=by, seen=seen, at=at, feedback=feedback)


def reject(
    handoff: Handoff,
    *,
    by: User,
    seen: int | None,
    at: datetime,
    reason: str,
    date: date | None = None,
    feedback: str = "",
    ratings: Mapping[str, int | None] | None = None,
) -> Answer:
    """No, and why: the reason of the agreement sends the lead where it says, in the same transaction."""
    agreed = agreements.terms_for(handoff).reason(reason)
    if agreed is None:
        return Answer(422, _("Choose one of the agreed reasons."), handoff)
    if agreed.asks_date and (date is None or date <= at.date()):
        return Answer(422, _("“%(reason)s” needs a date ahead.") % {"reason": agreed.label}, handoff)
    way = destinations.Way(agreed, date)
    return _answer(handoff, REJECTED, by=by, seen=seen, at=at, way=way, feedback=feedback, ratings=ratings)


def _answer(handoff: Handoff, outcome: str, *, by: User, seen: int | None, at: datetime, **said) -> Answer:
    try:
        with transaction.atomic():
            return _decide(handoff, outcome, by=by, seen=seen, at=at, **said)
    except _Lost:
        handoff.refresh_from_db()
        return _lost(handoff, outcome, by=by, reason=said["way"].reason.code if "way" in said else "", at=at)


def _decide(handoff, outcome, *, by, seen, at, way=None, feedback="", ratings=None) -> Answer:
    """Take the handoff if it is still as the page showed it; then everything that follows from it.

    Locks stand in one order everywhere: tally, handoff, custody, enrollment, touch.
    """
    lock_tallies([handoff.lead_id])
    offer = _take(handoff, outcome, by=by, seen=seen, at=at)
    lead = Lead.objects.select_related("account", "source__marketer").get(pk=handoff.lead_id)
    if ratings:
        facts.rate(lead, ratings, by=by, at=at)
    if outcome == ACCEPTED:
        _keep(handoff, lead, by, at)
        where = None
    else:
        where = destinations.send(lead, handoff, way, by=by, at=at)
    decision = Decision.objects.create(
        handoff=handoff,
        offer=offer,
        by=by,
        round=handoff.round,
        outcome=outcome,
        reason=way.reason.code if way else "",
        destination=where,
        feedback=feedback,
        at=at,
        known_at=at,
    )
    return Answer(200, _done(decision, way, where), handoff, decision)


def _take(handoff: Handoff, outcome: str, *, by: User, seen: int | None, at: datetime) -> Offer:
    """The guarded update: no row means that somebody was faster, or that it lies before somebody else."""
    rep = by if outcome == ACCEPTED else None
    won = seen is not None and Handoff.objects.filter(pk=handoff.pk, state=OPEN, lock=seen).update(
        state=outcome, rep=rep, closed_at=at, lock=F("lock") + 1
    )
    if not won:
        raise _Lost
    handoff.refresh_from_db()
    offer = handoff.offers.open().select_related("user__team").first()
    if offer is None or not may_answer(by, offer):
        raise _Lost
    Offer.objects.filter(pk=offer.pk).update(outcome=outcome, ended_at=at)
    return offer


def _keep(handoff: Handoff, lead: Lead, by: User, at: datetime) -> None:
    terms = agreements.terms_for(handoff)
    due_at = due_for(by, terms, terms.after_accept.minutes, at)
    give([lead], by, Custody.Next.CONTACT, due_at, _("Accepted: make first contact"), at)
    lifecycle.happened("accepted", [lead.pk], terms, words=_("Accepted by sales"), at=at, by=by)


def _done(decision: Decision, way: "destinations.Way | None", where: Mapping | None) -> str:
    if way is None or where is None:
        return _("Accepted: the lead is yours.")
    return _("Rejected: %(reason)s. %(where)s.") % {"reason": way.reason.label, "where": where["says"]}


def _lost(handoff: Handoff, outcome: str, *, by: User, reason: str, at: datetime) -> Answer:
    """A second click of the winner is the same success; everybody else hears who took it, and when."""
    decision = standing_decision(handoff)
    if decision and (decision.by_id, decision.outcome, decision.reason) == (by.pk, outcome, reason):
        return Answer(200, _("Done already."), handoff, decision)
    if decision:
        yes, no = _("%(name)s accepted it %(ago)s ago."), _("%(name)s rejected it %(ago)s ago.")
        words = yes if decision.outcome == Decision.Outcome.ACCEPTED else no
        return Answer(409, words % {"name": decision.by, "ago": _ago(at - decision.at)}, handoff, decision)
    offer = handoff.offers.open().select_related("user").first()
    if offer is None:
        return Answer(409, _("It was withdrawn."), handoff)
    if offer.user_id == by.pk:
        return Answer(409, _("It has changed since you opened it; look again."), handoff)
    words = _("%(name)s holds it now, since %(ago)s.")
    return Answer(409, words % {"name": offer.user, "ago": _ago(at - offer.at)}, handoff)


def standing_decision(handoff: Handoff) -> Decision | None:
    """The one decision that nobody took back."""
    return handoff.decisions.filter(reversal=None).select_related("by").first()


def _ago(passed: timedelta) -> str:
    seconds = max(int(passed.total_seconds()), 0)
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    minutes = seconds // 60
    return _("%(n)d min") % {"n": minutes} if minutes < 120 else _("%(n)d h") % {"n": minutes // 60}
