"""Somebody asks to talk to sales: judged, routed and in an inbox before the request is thanked for.

Runs inside the transaction that stores the request, so there is never one without the other.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from handoff import agreements, considering
from handoff.agreements import InForce
from handoff.handing import Passing, hand_over
from handoff.judging import LeadFacts, judge
from handoff.manning import due_for, is_present
from handoff.models import Handoff, Trigger
from handoff.models import Verdict as VerdictRow
from handoff.reoffering import lay_before, route_again, tell
from leads.models import Custody, Lead
from leads.scoring import cards_of
from leads.vocabulary import facts_of
from people.models import Side

ASKED = Trigger.CONSULTATION


@transaction.atomic
def consult(lead: Lead, *, preferred_times: str, words: str, at: datetime) -> Handoff:
    """Put the wish before a rep at once; a handoff that is open already gets the shorter promise."""
    why = (
        _("Asked to talk to sales: “%(words)s”") % {"words": words} if words else _("Asked to talk to sales.")
    )
    waiting = _open_handoff(lead)
    if waiting is None:
        made = hand_over([_passing(lead, why, preferred_times, at)], at)
        if made:
            return made[0]
        waiting = _open_handoff(lead)
        assert waiting is not None  # somebody else made it this very instant
    hurry(waiting, why=why, preferred_times=preferred_times, at=at)
    return waiting


def _open_handoff(lead: Lead) -> Handoff | None:
    found = Handoff.objects.open().select_for_update(of=("self",)).filter(lead=lead)
    return found.select_related("lead__account", "agreement__team__calendar").first()


def _passing(lead: Lead, why: str, preferred_times: str, at: datetime) -> Passing:
    lead = Lead.objects.select_related("account", "source__marketer").get(pk=lead.pk)
    values = facts_of([lead.pk], at=at)[lead.pk]
    under = _under(values, at)
    team = under.agreement.team if under else agreements.first_team()
    return Passing(
        lead=lead,
        trigger=ASKED,
        why=why,
        team=team,
        terms=under.terms if under else agreements.interim(),
        agreement=under.agreement if under else None,
        verdict=_verdict(lead, values, under, at) if under else None,
        values=LeadFacts.freeze(values).values,
        preferred_times=preferred_times,
        holder=Custody.objects.filter(lead=lead, side=Side.SALES).values_list("owner", flat=True).first(),
    )


def _under(values: dict, at: datetime) -> InForce | None:
    """The agreement that covers the lead; where none does for certain, the last, which is for everybody."""
    held = agreements.in_force()
    return considering.under_which(held, values, at) or (held[-1] if held else None)


def _verdict(lead: Lead, values: dict, under: InForce, at: datetime) -> VerdictRow:
    sheet = under.agreement.sheet
    card = cards_of([lead.pk], sheet, at, noted=False)[lead.pk].lines if sheet else ()
    verdict = judge(LeadFacts.freeze(values, card, asked_at=at), under.terms, at)
    row = considering.row_of(considering.Judged(lead.pk, values, under, verdict), at)
    row.save()
    return row


def hurry(handoff: Handoff, *, why: str, preferred_times: str, at: datetime) -> None:
    """The open handoff is now about somebody who is waiting; it says so, and is due sooner."""
    offer = handoff.offers.open().select_related("user__team__calendar", "user__calendar").get()
    handoff.trigger, handoff.why = ASKED, why[:300]
    handoff.preferred_times = preferred_times[:200] or handoff.preferred_times
    handoff.save(update_fields=["trigger", "why", "preferred_times"])
    user, steps = offer.user, [_("The person asked to talk to sales.")]
    if not (user.is_active and is_present(user, at)):
        user, found = route_again(handoff, to="ladder", without=frozenset({user.pk}), at=at)
        steps += found.steps
    terms = agreements.terms_for(handoff)
    due_at = due_for(user, terms, terms.minutes_for(ASKED), at)
    if user == offer.user:
        due_at = min(due_at, offer.due_at)
    if due_at > at:
        reason = str(ASKED.label)
        lay_before(handoff, offer, user, due_at=due_at, why=steps, level=offer.level, reason=reason, at=at)
    else:  # late already: that promise stays broken, and they hear of it again
        tell(handoff, user, key=f"asked-{handoff.pk}-{at.isoformat()}", reason=str(ASKED.label), at=at)
