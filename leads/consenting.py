"""Whether we may write or call: what people said is kept, and a refusal outlives them."""

from collections.abc import Collection
from datetime import datetime

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
) -> None:
    """Note what people said about a channel; who refuses e-mail is also suppressed by address.

    Who agrees again takes back their own refusal; a suppression for another reason (a bounce) stays.
    """
    Consent.objects.bulk_create(
        Consent(
            lead_id=lead_id,
            channel=channel,
            given=given,
            evidence=evidence[:200],
            by=by,
            imported_by=batch,
            at=at,
            known_at=at,
        )
        for lead_id in sorted(lead_ids)
    )
    with connection.cursor() as cursor:
        cursor.execute(REFUSED, {"leads": list(lead_ids), "channel": str(channel)})
        stands = [(email, agreed) for email, agreed in cursor if email]
    if channel == Channel.EMAIL:
        _release([email for email, agreed in stands if agreed])
        _suppress([email for email, agreed in stands if not agreed], at)
    news.changed(list(lead_ids), at=at)


def _release(addresses: list[str]) -> None:
    own = Suppression.objects.filter(channel=Channel.EMAIL, reason=OPTED_OUT)
    own.annotate(lower=Lower("address")).filter(lower__in=addresses).delete()


def _suppress(addresses: list[str], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            SUPPRESS,
            {"channel": Channel.EMAIL.value, "addresses": sorted(addresses), "reason": OPTED_OUT, "at": at},
        )
