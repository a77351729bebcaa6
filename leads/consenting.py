"""Whether we may write or call: what people said is kept, and a refusal outlives them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Lower

from leads import news
from leads.models import Channel, Consent, Import, Suppression
from people.models import User

OPTED_OUT = "opted out"

REFUSED = """
    UPDATE leads_lead lead
    SET refused = (refused - %(channel)s::text)
                  || CASE WHEN latest.given THEN '[]' ELSE jsonb_build_array(%(channel)s::text) END
    FROM (
        SELECT DISTINCT ON (lead_id) lead_id, given FROM leads_consent
        WHERE lead_id = ANY(%(leads)s) AND channel = %(channel)s
        ORDER BY lead_id, at DESC, id DESC
    ) latest
    WHERE lead.id = latest.lead_id RETURNING lower(email), latest.given
"""
SUPPRESS = """
    INSERT INTO leads_suppression (channel, address, reason, at)
    SELECT %(channel)s, address, %(reason)s, %(at)s FROM unnest(%(addresses)s::text[]) address
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def consent(
    lead_ids: Collection[int],
    channel: str,
    given: bool,
    evidence: str,
    *,
    at: datetime,
    by: User | None = None,
    batch: Import | None = None,
    suppress: bool = True,
) -> None:
    """Note what people said about a channel; who refuses e-mail is also suppressed by address.

    Who has only not confirmed yet is not (`suppress`): they did not ask us to stop. Who agrees again takes
    back their own refusal; a suppression for another reason (a bounce) stays.
    """
    said: dict[str, Any] = {"given": given, "evidence": evidence[:200], "by": by, "imported_by": batch}
    Consent.objects.bulk_create(
        Consent(lead_id=lead_id, channel=channel, at=at, known_at=at, **said) for lead_id in sorted(lead_ids)
    )
    stands = _stands(lead_ids, channel)
    if channel == Channel.EMAIL and suppress:
        _release([email for email, agrees in stands if agrees])
        _suppress([email for email, agrees in stands if not agrees], at)
    news.changed(list(lead_ids), at=at)


def _stands(lead_ids: Collection[int], channel: str) -> list[tuple[str, bool]]:
    """Keep with each lead where it stands after all it said; returns that by address."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, {"leads": list(lead_ids), "channel": str(channel)})
        return [(email, agrees) for email, agrees in cursor if email]


def _release(addresses: list[str]) -> None:
    own = Suppression.objects.filter(channel=Channel.EMAIL, reason=OPTED_OUT)
    own.annotate(lower=Lower("address")).filter(lower__in=addresses).delete()


def _suppress(addresses: list[str], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            SUPPRESS,
            {"channel": Channel.EMAIL.value, "addresses": sorted(addresses), "reason": OPTED_OUT, "at": at},
        )
