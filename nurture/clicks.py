"""What becomes of a request for an address in a mail: a click, an opening, or a look at the way out."""

from datetime import datetime

from django.db import transaction

from leads import activities, addresses, bursts
from leads.activities import Event
from leads.models import Channel, Grade, Kind, Knock
from leads.senders import Sender
from nurture.models import Touch


@transaction.atomic
def record_click(touch: Touch, number: int, sender: Sender, *, at: datetime) -> Knock:
    """An activity of the lead, graded by how it came; returns the request that it was."""
    knock, second = _knock(touch, number, sender, at), at.replace(microsecond=0)
    event = Event(
        identity_id=knock.identity_id,
        kind=Kind.CLICK,
        at=second,
        dedupe_key=f"click.{touch.public_id}.{number}.{second:%Y%m%d%H%M%S}",
        about=touch.links[number][:200],
        grade=Grade.LIKELY,
        details={"touch": str(touch.public_id), "link": number},
    )
    bursts.receive(knock, event, sender, at=at)
    return knock


@transaction.atomic
def record_open(touch: Touch, sender: Sender, *, at: datetime) -> None:
    """The picture in a mail was fetched; of whoever has refused e-mails, nothing is written."""
    if Channel.EMAIL in touch.lead.refused:
        return
    knock, minute = _knock(touch, Knock.PIXEL, sender, at), at.replace(second=0, microsecond=0)
    event = Event(
        identity_id=knock.identity_id,
        kind=Kind.OPEN,
        at=at,
        dedupe_key=f"open.{touch.public_id}.{minute:%Y%m%d%H%M}",
        about=f"touch.{touch.public_id}",
        grade=Grade.LIKELY,
        details={"touch": str(touch.public_id), "subject": touch.step.name},
    )
    bursts.receive(knock, event, sender, at=at)


@transaction.atomic
def notice_look(touch: Touch, sender: Sender, *, at: datetime) -> None:
    """Somebody looks at the way out: nothing by itself, but a machine shows by it."""
    bursts.receive(_knock(touch, Knock.WAY_OUT, sender, at), None, sender, at=at)


def _knock(touch: Touch, link: int, sender: Sender, at: datetime) -> Knock:
    return Knock(
        mail=touch.public_id,
        link=link,
        identity_id=activities.identity_of([touch.lead_id])[touch.lead_id],
        network=sender.network,
        domain=addresses.company_domain(touch.lead.email),
        looked=sender.looked,
        sent_at=touch.sent_at,
        at=at,
    )
