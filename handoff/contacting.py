"""First contact after a yes: evidence stops the clock, never a status flipped by hand."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from handoff import agreements
from handoff.manning import due_for
from handoff.models import Handoff
from leads import activities, custody
from leads.models import Custody, Grade, Kind
from people.models import User

ADAY = 8 * 60  # working minutes until the next try
AWEEK = 5 * ADAY  # and until the next word after a talk
TRIES = (Kind.CALL, Kind.VOICEMAIL, Kind.CALL_FAILED)


@transaction.atomic
def log_call(handoff: Handoff, *, kind: str, note: str, by: User, at: datetime) -> None:
    """Write down one call of the rep's; a talk is the first contact, anything else is one more try."""
    handoff = Handoff.objects.select_for_update(of=("self",)).select_related("lead", "rep").get(pk=handoff.pk)
    identity = activities.identity_of([handoff.lead_id])[handoff.lead_id]
    event = activities.Event(
        identity_id=identity,
        kind=kind,
        at=at,
        dedupe_key=f"handoff.{handoff.public_id}.{by.pk}.{at.isoformat()}"[:120],
        about=str(_("Sales call")),
        grade=Grade.HUMAN,
        details={"note": note} if note else None,
        by_id=by.pk,
    )
    activities.record([event], known_at=at)
    if handoff.state == Handoff.State.ACCEPTED and handoff.rep:
        _what_comes_next(handoff, kind, at)


def _what_comes_next(handoff: Handoff, kind: str, at: datetime) -> None:
    assert handoff.rep
    reached = kind == Kind.CALL
    if reached and handoff.first_contact_at is None:
        Handoff.objects.filter(pk=handoff.pk).update(first_contact_at=at)
    steps = [Custody.Next.CONTACT, *([Custody.Next.PURSUE] if reached else [])]
    waiting = Custody.objects.filter(lead=handoff.lead_id, owner=handoff.rep, next_action__in=steps)
    if waiting.exists():
        due_at = due_for(handoff.rep, agreements.terms_for(handoff), AWEEK if reached else ADAY, at)
        custody.plan(
            [handoff.lead_id],
            next_action=Custody.Next.PURSUE if reached else Custody.Next.CONTACT,
            next_action_at=due_at,
            reason=_("Talked; see whether there is business") if reached else _("Not reached; try again"),
        )
