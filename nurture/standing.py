"""What holds of touches, their leads and their tracks, read in one statement for many."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from leads.models import Channel
from nurture.permission import Cap, Standing
from nurture.schedule import zone_of
from people.clock import WorkingHours

#: What each channel asks permission for. A social touch asks for none: people do as the network lets them.
PERMISSION: dict[str, str] = {
    **dict.fromkeys(["email", "newsletter", "survey", "event"], Channel.EMAIL.value),
    **dict.fromkeys(["call", "voicemail", "sms"], Channel.PHONE.value),
    **dict.fromkeys(["letter", "direct_mail"], Channel.POST.value),
    "social": "social",
}
ADDRESS = {"email": "lead.email", "phone": "lead.phone", "post": "lead.postal_address", "social": "'by hand'"}

#: Over `touch`, `lead`, `enrollment`, `track` and `custody`, joined by TABLES.
COLUMNS = """
    touch.due_at, lead.time_zone, {address},
    lead.closed_at IS NULL AND lead.merged_into_id IS NULL,
    enrollment.state = 'live',
    coalesce(custody.custodian_id = track.custodian_id, false),
    track.state = 'paused',
    lead.refused ? %(permission)s,
    EXISTS (SELECT 1 FROM leads_suppression suppression
            WHERE suppression.channel = %(permission)s
              AND lower(suppression.address) = lower({address})),
    {sent}
"""
WIDTH = 10
TABLES = """
    nurture_touch touch
    JOIN leads_lead lead ON lead.id = touch.lead_id
    JOIN nurture_enrollment enrollment ON enrollment.id = touch.enrollment_id
    JOIN nurture_track track ON track.id = enrollment.track_id
    LEFT JOIN leads_custody custody ON custody.lead_id = lead.id
"""
SENT = """
    ARRAY(SELECT coalesce(other.sent_at, other.lease_until) FROM nurture_touch other
          WHERE other.lead_id = lead.id AND other.channel = 'email'
            AND other.state IN ('sent', 'sending', 'in_doubt')
            AND coalesce(other.sent_at, other.lease_until) > %(at)s - make_interval(days => %(days)s))
"""
NOTHING = "'{{}}'::timestamptz[]"


def columns(channel: str, cap: Cap | None) -> str:
    """The columns of a standing on this channel; without a cap nobody counts what was sent."""
    return COLUMNS.format(address=ADDRESS[PERMISSION[channel]], sent=SENT if cap else NOTHING.format())


def params(channel: str, cap: Cap | None, at: datetime) -> dict[str, Any]:
    return {"permission": PERMISSION[channel], "at": at, "days": cap.days if cap else 0}


def standing(row: Iterable, window: WorkingHours) -> Standing:
    """Read the columns back; times are those of the track's window, on the lead's clock."""
    due_at, zone, address, is_open, enrolled, ours, paused, refused, suppressed, sent = row
    return Standing(
        due_at, zone_of(zone, window), window, address, is_open, enrolled, ours, paused, refused, suppressed,
        tuple(sent),
    )  # fmt: skip
