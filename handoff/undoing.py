"""Taking an answer back within ten seconds: nothing of it has left the house, and the clock never stopped."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handoff import destinations
from handoff.answering import OPEN, UNDO, Answer, standing_decision
from handoff.handing import give
from handoff.models import Decision, Escalation, Handoff, Offer, Reversal
from leads.activities import lock_tallies
from leads.models import Custody, Lead
from people.models import User


def undo(handoff: Handoff, *, by: User, at: datetime) -> Answer:
    """Take back one's own answer within ten seconds: the lead returns, and the clock runs on as before."""
    with transaction.atomic():
        lock_tallies([handoff.lead_id])
        handoff = Handoff.objects.select_for_update().get(pk=handoff.pk)
        decision = standing_decision(handoff)
        refusal = _not_undone(handoff, decision, by, at)
        if refusal or decision is None:
            return Answer(409, refusal, handoff, decision)
        _reverse(handoff, decision, by, at)
        return Answer(200, _("Taken back; it is before you again."), handoff)


def _not_undone(handoff: Handoff, decision: Decision | None, by: User, at: datetime) -> str:
    """Why this can't be taken back; empty when it can."""
    if decision is None:
        return _("There is no answer to take back.")
    if decision.by_id != by.pk:
        return _("Only %(name)s can take this back.") % {"name": decision.by}
    if at - decision.at > UNDO:
        return ngettext(
            "An answer can be taken back for %(n)d second; this one stands.",
            "An answer can be taken back for %(n)d seconds; this one stands.",
            UNDO.seconds,
        ) % {"n": UNDO.seconds}
    if not destinations.can_return(handoff, decision):
        return _("The lead has moved on since; this answer stands.")
    return ""


def _reverse(handoff: Handoff, decision: Decision, by: User, at: datetime) -> None:
    Reversal.objects.create(decision=decision, by=by, at=at)
    destinations.take_back(handoff, decision, at=at)
    handoff.state, handoff.rep, handoff.closed_at = OPEN, None, None
    handoff.round += 1
    handoff.lock += 1
    handoff.save(update_fields=["state", "rep", "closed_at", "round", "lock"])
    offer = _offer_again(decision, at)
    lead = Lead.objects.select_related("account").get(pk=handoff.lead_id)
    give([lead], offer.user, Custody.Next.ANSWER, offer.due_at, _("Answer taken back"), at)
    lead.move_to(decision_stage(handoff, decision), trigger=_("Answer taken back"), at=at, by=by)


def _offer_again(decision: Decision, at: datetime) -> Offer:
    """The same promise on a new row: its clock never stopped, and what was told upward stays told."""
    old = Offer.objects.select_related("user").get(pk=decision.offer_id)
    Offer.objects.filter(pk=old.pk).update(outcome=Offer.Outcome.WITHDRAWN)
    again = Offer.objects.create(
        handoff_id=old.handoff_id,
        user=old.user,
        at=old.at,
        due_at=old.due_at,
        level=old.level,
        why=[*old.why, _("%(name)s took an answer back.") % {"name": decision.by}],
    )
    Escalation.objects.bulk_create(
        Escalation(offer=again, level=told.level, told_id=told.told_id, at=told.at)
        for told in old.escalations.all()
    )
    return again


def decision_stage(handoff: Handoff, decision: Decision) -> str:
    """The stage before the decision: what the last move in the same instant came from."""
    moved = handoff.lead.stage_changes.filter(at=decision.at).order_by("-pk").first()
    return moved.from_stage if moved else handoff.lead.stage
