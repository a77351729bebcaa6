"""What stands behind a line of a score card, in words."""

# ruff: noqa: S608 - the statement is put together from constants of our own

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions import sentence
from leads.counting import GRADE, JOINED, SPEAKS_OF, UNIT, regraded
from leads.models import ScoreRule, Signal
from leads.vocabulary import vocabulary

COUNT = f"""
    WITH told AS (
        SELECT identity.lead_id, signal.id AS signal_id, activity.at,
               {GRADE} >= signal.least_grade AS counts,
               CASE WHEN signal.unit = '{Signal.Unit.EACH.value}' THEN activity.id::text ELSE {UNIT} END
                   AS unit
        FROM leads_identity identity
        JOIN leads_activity activity ON activity.identity_id = identity.id
        LEFT JOIN leads_asset asset ON asset.id = activity.asset_id
        {regraded("{0}.known_at <= %(at)s")}
        JOIN leads_signal signal ON signal.id = ANY(%(signals)s) AND {SPEAKS_OF}
        WHERE identity.lead_id = ANY(%(leads)s) AND activity.at <= %(at)s AND activity.known_at <= %(at)s
          AND {JOINED}
    )
    SELECT lead_id, signal_id, count(DISTINCT unit) FILTER (WHERE counts), count(*) FILTER (WHERE NOT counts),
           max(at) FILTER (WHERE counts)
    FROM told GROUP BY lead_id, signal_id
"""


def notes_of(
    lead_ids: Collection[int], rules: Collection[ScoreRule], *, at: datetime
) -> dict[int, dict[int, str]]:
    """For each lead, the words beside each rule about what it did: how often, when, and what limits it."""
    by_signal = defaultdict(list)
    for rule in rules:
        if rule.signal:
            by_signal[rule.signal_id].append(rule)
    notes: dict[int, dict[int, str]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"leads": list(lead_ids), "signals": list(by_signal), "at": at})
        for lead_id, signal_id, times, doubtful, last in cursor:
            for rule in by_signal[signal_id]:
                notes[lead_id][rule.pk] = note(rule, times, doubtful, last)
    return notes


def note(rule: ScoreRule, times: int, doubtful: int, last: datetime | None) -> str:
    """Such as: 9 times, 10 each, the last on 5 Nov 2026, half-life 60 days, at most 60."""
    if not last:
        return ngettext(
            "once, without enough evidence of a person",
            "%(n)d times, without enough evidence of a person",
            doubtful,
        ) % {"n": doubtful}
    day = date_format(timezone.localtime(last), "j M Y")
    parts = [ngettext("once", "%(n)d times", times) % {"n": times}]
    if times > 1:
        parts += [_("%(points)d each") % {"points": rule.points}, _("the last on %(day)s") % {"day": day}]
    else:
        parts = [_("%(points)d on %(day)s") % {"points": rule.points, "day": day}]
    if rule.signal and rule.signal.half_life_days:
        parts.append(_("half-life %(days)g days") % {"days": rule.signal.half_life_days})
    if rule.cap is not None:
        parts.append(_("at most %(cap)d") % {"cap": abs(rule.cap)})
    return ", ".join(parts)


def sentences_of(rules: Collection[ScoreRule]) -> dict[int, str]:
    """The condition of each rule about a characteristic, as a sentence."""
    terms = vocabulary()
    return {rule.pk: sentence(rule.condition, terms) for rule in rules if not rule.signal}
