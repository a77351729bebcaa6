"""What a click is worth: a person reads one link at a time, a mail gateway tries them all at once."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from leads import activities
from leads.models import Activity, Grade, Kind
from nurture.models import Touch

BURST = timedelta(seconds=10)


@transaction.atomic
def record_click(touch: Touch, number: int, *, by_machine: bool, at: datetime) -> None:
    """An activity of the lead, graded by how it came; it never does anything else."""
    identity = activities.identity_of([touch.lead_id])[touch.lead_id]
    machine = by_machine or _just_sent(touch, at) or _in_a_burst(touch, number, identity, at)
    second = at.replace(microsecond=0)
    event = activities.Event(
        identity_id=identity,
        kind=Kind.CLICK,
        at=second,
        dedupe_key=f"click.{touch.public_id}.{number}.{second:%Y%m%d%H%M%S}{'.machine' if machine else ''}",
        about=touch.links[number][:200],
        grade=Grade.MACHINE if machine else Grade.LIKELY,
        details={"touch": str(touch.public_id), "link": number},
    )
    activities.record([event], known_at=at)


def _just_sent(touch: Touch, at: datetime) -> bool:
    """Gateways look before they deliver; nobody reads a mail that quickly."""
    return touch.sent_at is None or at - touch.sent_at < BURST


def _in_a_burst(touch: Touch, number: int, identity: int, at: datetime) -> bool:
    """Another link of the same mail was followed within seconds."""
    with connection.cursor() as cursor:  # the links of one mail one after the other, or none sees another
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [str(touch.public_id)])
    recent = Activity.objects.filter(identity=identity, kind=Kind.CLICK, at__gt=at - BURST)
    others = recent.filter(details__touch=str(touch.public_id)).exclude(details__link=number)
    return others.exists()
