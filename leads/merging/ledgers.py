"""What was said of the one who is folded in, told again of the survivor: new rows that name the merge.

Ledger rows never change, so facts, ratings and consents stay where they were said. Rows that repeat them
under the survivor let every reader of history find them without knowing of merges; each keeps who said it
and when, and is known since the merge. Taking the merge back removes these copies alone.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from leads import consenting, facts
from leads.models import Channel, Consent, Fact, Lead, Merge, Rating, Suppression
from people.promises import erasing

#: Of leads, and of accounts that are merged; `merge` is the column that names the merge.
FACTS = """
    INSERT INTO leads_fact (
        {about}_id, field_id, value, saying, by_id, imported_by_id, {merge}_id, at, known_at)
    SELECT %(survivor)s, said.field_id, said.value, said.saying, said.by_id, said.imported_by_id, %(merge)s,
           said.at, %(at)s
    FROM leads_fact said
    WHERE said.{about}_id = %(loser)s AND said.value IS NOT NULL AND NOT EXISTS (
        SELECT FROM leads_fact fact
        WHERE fact.{about}_id = %(survivor)s AND fact.field_id = said.field_id AND fact.saying = said.saying
          AND fact.at = said.at AND fact.value = said.value)
    ORDER BY said.id
"""
RATINGS = """
    INSERT INTO leads_rating (lead_id, criterion, value, by_id, imported_by_id, merge_id, at, known_at)
    SELECT %(survivor)s, criterion, value, by_id, imported_by_id, %(merge)s, at, %(at)s
    FROM leads_rating WHERE lead_id = %(loser)s ORDER BY id
"""
CONSENTS = """
    INSERT INTO leads_consent (
        lead_id, channel, given, evidence, by_id, imported_by_id, merge_id, at, known_at)
    SELECT %(survivor)s, channel, given, evidence, by_id, imported_by_id, %(merge)s, at, %(at)s
    FROM leads_consent WHERE lead_id = %(loser)s ORDER BY id
"""
RATED = """
    UPDATE leads_lead lead SET need = one.need, timeframe = one.timeframe, authority = one.authority,
                               profile = one.profile
    FROM (
        SELECT max(value) FILTER (WHERE criterion = 'need') AS need,
               max(value) FILTER (WHERE criterion = 'timeframe') AS timeframe,
               max(value) FILTER (WHERE criterion = 'authority') AS authority,
               max(value) FILTER (WHERE criterion = 'profile') AS profile
        FROM (SELECT DISTINCT ON (criterion) criterion, value FROM leads_rating WHERE lead_id = %(survivor)s
              ORDER BY criterion, at DESC, id DESC) latest
    ) one
    WHERE lead.id = %(survivor)s
"""


def tell_again(merge: Merge, at: datetime) -> None:
    """Repeat what was said of the one under the other, and read the winners anew."""
    told: dict[str, Any] = {
        "survivor": merge.survivor_id,
        "loser": merge.loser_id,
        "merge": merge.pk,
        "at": at,
    }
    with connection.cursor() as cursor:
        for statement in (FACTS.format(about="lead", merge="merge"), RATINGS, CONSENTS):
            cursor.execute(statement, told)
    _read_anew(merge.survivor_id, _fields(merge))


def forget(merge: Merge) -> None:
    """Remove the copies that this merge made, and read the winners anew."""
    fields = _fields(merge)
    with erasing():
        for ledger in (Fact, Rating, Consent):
            ledger.objects.filter(merge=merge).delete()
    Lead.objects.filter(pk=merge.survivor_id).update(refused=merge.carried["survivor"]["refused"])
    _read_anew(merge.survivor_id, fields)


def _fields(merge: Merge) -> list[int]:
    return list(Fact.objects.filter(merge=merge).values_list("field_id", flat=True).distinct())


def _read_anew(lead_id: int, fields: Collection[int]) -> None:
    facts.refresh(lead_ids=[lead_id], field_ids=fields)
    with connection.cursor() as cursor:
        cursor.execute(RATED, {"survivor": lead_id})
        for channel in Channel.values:
            cursor.execute(consenting.REFUSED, {"leads": [lead_id], "channel": channel})


def hold_refusals(merge: Merge, refused: Collection[str], at: datetime) -> None:
    """Who opted out under either name has opted out: a later yes under the other does not undo that."""
    stands = set(Lead.objects.values_list("refused", flat=True).get(pk=merge.survivor_id))
    words = _("Opted out as %(lead)s, before the merge") % {"lead": merge.loser}
    rows = [
        Consent(
            lead_id=merge.survivor_id, channel=channel, given=False, evidence=words[:200], by=merge.by,
            merge=merge, at=at, known_at=at,
        )
        for channel in sorted(set(refused) - stands)
    ]  # fmt: skip
    Consent.objects.bulk_create(rows)
    Lead.objects.filter(pk=merge.survivor_id).update(refused=sorted(stands | set(refused)))


def suppress(address: str, at: datetime) -> bool:
    """The survivor's own address, too, must not be used; False where that was so before."""
    if not address or Suppression.objects.filter(channel=Channel.EMAIL, address__iexact=address).exists():
        return False
    Suppression.objects.create(channel=Channel.EMAIL, address=address, reason=consenting.OPTED_OUT, at=at)
    return True
