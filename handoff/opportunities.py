"""What a lead becomes once sales has accepted it: an opportunity, won or lost."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from handoff import agreements, lifecycle
from handoff.handing import give, marketing_hand
from handoff.manning import due_for
from handoff.models import Handoff, Opportunity
from leads import custody
from leads.activities import lock_tallies
from leads.models import Custody, Lead
from people.models import User


class NotYours(Exception):
    """Only an accepted handoff becomes an opportunity, and an ended one does not end again."""


@transaction.atomic
def open_for(
    handoff: Handoff, *, name: str, amount: Decimal | None = None, by: User, at: datetime
) -> Opportunity:
    """The rep sees business in it: the lead is theirs to pursue."""
    handoff = Handoff.objects.select_for_update(of=("self",)).select_related("lead", "rep").get(pk=handoff.pk)
    if handoff.state != Handoff.State.ACCEPTED or handoff.rep is None:
        raise NotYours(_("Accept the lead first."))
    made = Opportunity.objects.create(
        lead=handoff.lead, handoff=handoff, name=name, owner=handoff.rep, amount=amount, at=at, known_at=at
    )
    terms = agreements.terms_for(handoff)
    due_at = due_for(handoff.rep, terms, terms.after_accept.minutes, at)
    give([handoff.lead], handoff.rep, Custody.Next.PURSUE, due_at, _("Opportunity: %s") % name, at)
    lifecycle.happened("opportunity", [handoff.lead_id], terms, words=_("Opportunity opened"), at=at, by=by)
    return made


@transaction.atomic
def won(opportunity: Opportunity, *, amount: Decimal, by: User, at: datetime) -> Opportunity:
    """They bought: a customer, and nobody's lead any more."""
    lock_tallies([opportunity.lead_id])
    opportunity = _end(opportunity, Opportunity.State.WON, at, amount=amount)
    _ended("won", opportunity, _("Opportunity won"), by, at)
    custody.close([opportunity.lead_id], cause=_("Won"), at=at)
    return opportunity


@transaction.atomic
def lost(opportunity: Opportunity, *, by: User, at: datetime) -> Opportunity:
    """Not this time: marketing has the person back, on the track that fits."""
    opportunity = _end(opportunity, Opportunity.State.LOST, at)
    lead = Lead.objects.select_related("source").get(pk=opportunity.lead_id)
    _ended("lost", opportunity, _("Opportunity lost"), by, at)
    custody.hold(
        [lead.pk],
        marketing_hand(lead),
        next_action=Custody.Next.ENROLL,
        next_action_at=at,
        reason=_("Opportunity lost: %s") % opportunity.name,
        at=at,
    )
    return opportunity


def _ended(event: str, opportunity: Opportunity, words: str, by: User, at: datetime) -> None:
    """Under the agreement of its handoff; an imported one has none, and then what ships holds."""
    terms = agreements.terms_for(opportunity.handoff) if opportunity.handoff else agreements.interim()
    lifecycle.happened(event, [opportunity.lead_id], terms, words=words, at=at, by=by)


def _end(opportunity: Opportunity, state: str, at: datetime, **changed) -> Opportunity:
    found = Opportunity.objects.filter(pk=opportunity.pk, state=Opportunity.State.OPEN)
    if not found.update(state=state, ended_at=at, **changed):
        raise NotYours(_("This opportunity has ended already."))
    return Opportunity.objects.select_related("lead").get(pk=opportunity.pk)
