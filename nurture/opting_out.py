"""Leaving the mails: what the ledger and the lead's history say of it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads import activities, facts
from leads.models import Channel, Grade, Kind
from nurture.models import Touch


@transaction.atomic
def opt_out(touch: Touch, *, at: datetime) -> None:
    """No more mails to this lead from this commit on; saying it twice changes nothing."""
    touch.lead.refresh_from_db(fields=["refused"])
    if Channel.EMAIL in touch.lead.refused:
        return
    facts.consent([touch.lead_id], Channel.EMAIL, False, _("Unsubscribe link of “%s”") % touch.step, at=at)
    touch.lead.refresh_from_db(fields=["refused"])
    event = activities.Event(
        identity_id=activities.identity_of([touch.lead_id])[touch.lead_id],
        kind=Kind.UNSUBSCRIBED,
        at=at,
        dedupe_key=f"unsubscribed.{touch.public_id}",
        about=touch.step.name,
        grade=Grade.HUMAN,
    )
    activities.record([event], known_at=at)
