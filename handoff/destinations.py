"""Where a rejected lead goes: a track, sleep, another rep, marketing, or closed; never nowhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _

from handoff import agreements, lifecycle
from handoff.handing import Passing, hand_over, marketing_hand
from handoff.models import Decision, Handoff, Offer
from handoff.terms import Reason, Terms
from leads import custody
from leads.models import Custody, Lead
from leads.vocabulary import facts_of
from nurture.enrolling import enroll, leave
from nurture.models import Track
from people.clock import local_instant
from people.models import User

#: What leaves the house waits as long as an answer can be taken back.
GRACE = timedelta(seconds=10)
MORNING = time(9)


@dataclass(frozen=True)
class Way:
    """A reason of the agreement, with the date that it may ask for."""

    reason: Reason
    day: date | None = None


def send(lead: Lead, handoff: Handoff, way: Way, *, by: User, at: datetime) -> dict[str, Any]:
    """Send the lead where the reason says; returns where that was, as the decision keeps it."""
    terms = agreements.terms_for(handoff)
    where = _SENDERS[way.reason.to](lead, handoff, way, terms, by, at)
    if event := _EVENTS.get(way.reason.to, "rejected"):
        words = _("Rejected: %(reason)s") % {"reason": way.reason.label}
        lifecycle.happened(event, [lead.pk], terms, words=words, at=at, by=by)
    return {"to": way.reason.to, **where}


#: Everything else is plainly a rejection; who is given to another rep stays where they stand.
_EVENTS = {"close": "closed", "reroute": ""}


def _track(lead: Lead, handoff: Handoff, way: Way, terms: Terms, by: User, at: datetime) -> dict[str, Any]:
    """On the agreed track; where that is no longer live, marketing chooses, and it is said."""
    track = Track.objects.filter(pk=way.reason.track or 0, state=Track.State.LIVE).first()
    published = track and track.versions.exclude(published_at=None).exists()
    if not (track and published):
        return _marketing(lead, handoff, way, terms, by, at)
    enroll([lead.pk], track, reason=_reason(way), at=at + GRACE)
    return {"track": track.pk, "says": str(track)}


def _marketing(
    lead: Lead, handoff: Handoff, way: Way, terms: Terms, by: User, at: datetime
) -> dict[str, Any]:
    custody.hold(
        [lead.pk],
        marketing_hand(lead),
        next_action=Custody.Next.ENROLL,
        next_action_at=at + GRACE,
        reason=_reason(way),
        at=at,
    )
    return {"says": _("Back to marketing, to the track that fits best")}


def _sleep(lead: Lead, handoff: Handoff, way: Way, terms: Terms, by: User, at: datetime) -> dict[str, Any]:
    """Until the morning of the day, or some days before it, but never for less than the grace."""
    zone = terms.hours.time_zone
    day = way.day or at.astimezone(zone).date() + timedelta(days=way.reason.days)
    wakes = max(local_instant(day - timedelta(days=way.reason.days_before), MORNING, zone), at + GRACE)
    custody.hold(
        [lead.pk],
        marketing_hand(lead),
        next_action=Custody.Next.WAKE,
        next_action_at=wakes,
        reason=_reason(way),
        at=at,
    )
    shown = dateformat.format(wakes.astimezone(zone), "j M Y")
    return {"until": wakes.isoformat(), "says": _("Sleeps until %(day)s") % {"day": shown}}


def _reroute(lead: Lead, handoff: Handoff, way: Way, terms: Terms, by: User, at: datetime) -> dict[str, Any]:
    """A new handoff of the same lead down the same ladder, past everybody who gave it back."""
    asked = Offer.objects.filter(handoff__lead=lead, outcome=Offer.Outcome.REJECTED, at__gte=_since(lead))
    without = frozenset(asked.values_list("user", flat=True)) | {by.pk}
    passing = Passing(
        lead=lead,
        trigger=handoff.trigger,
        why=handoff.why,
        team=handoff.agreement.team if handoff.agreement else agreements.first_team(),
        terms=terms,
        agreement=handoff.agreement,
        verdict=handoff.verdict,
        values=facts_of([lead.pk], at=at)[lead.pk],
        preferred_times=handoff.preferred_times,
        exception_code=handoff.exception_code,
        without=without,
    )
    (next_one,) = hand_over([passing], at)
    offer = next_one.offers.open().select_related("user").get()
    return {"handoff": next_one.pk, "says": _("Goes to %(name)s") % {"name": offer.user}}


def _since(lead: Lead) -> datetime:
    """The start of the run of rejections: whoever said no before the last yes may be asked again."""
    accepted = lead.handoffs.filter(state=Handoff.State.ACCEPTED).order_by("-at").first()
    return accepted.at if accepted else lead.at


def _close(lead: Lead, handoff: Handoff, way: Way, terms: Terms, by: User, at: datetime) -> dict[str, Any]:
    custody.close([lead.pk], cause=way.reason.cause, at=at)
    return {"cause": way.reason.cause, "says": _("Closed: %(cause)s") % {"cause": way.reason.cause}}


def _reason(way: Way) -> str:
    return _("Sales said: %(reason)s") % {"reason": way.reason.label}


_SENDERS: dict[str, Callable[..., dict[str, Any]]] = {
    "track": _track,
    "marketing": _marketing,
    "sleep": _sleep,
    "reroute": _reroute,
    "close": _close,
}


def can_return(handoff: Handoff, decision: Decision) -> bool:
    """Only while nobody else has the lead: no newer handoff but the one this very answer made."""
    mine = (decision.destination or {}).get("handoff", 0)
    newer = Handoff.objects.filter(lead=handoff.lead_id, at__gte=decision.at).exclude(pk=handoff.pk)
    open_ones = newer.exclude(pk=mine)
    answered = Handoff.objects.filter(pk=mine).exclude(state=Handoff.State.OPEN)
    return not open_ones.exists() and not answered.exists()


def take_back(handoff: Handoff, decision: Decision, *, at: datetime) -> None:
    """Nothing of it has left the house: the lead leaves the track, a passed-on handoff is withdrawn."""
    leave([handoff.lead_id], _("Answer taken back"), at)
    child = (decision.destination or {}).get("handoff")
    if child:
        Offer.objects.open().filter(handoff=child).update(outcome=Offer.Outcome.WITHDRAWN, ended_at=at)
        Handoff.objects.filter(pk=child).update(state=Handoff.State.WITHDRAWN, closed_at=at)
