"""What stands behind a line of a score card, in words."""

# ruff: noqa: S608 - the statement is put together from constants of our own

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions import sentence
from leads.counting import GRADE, IN_WINDOW, JOINED, SPEAKS_OF, UNIT, regraded
from leads.models import Grade, ScoreRule, Signal
from leads.vocabulary import vocabulary

COUNT = f"""
    WITH told AS (
        SELECT identity.lead_id, signal.id AS signal_id, activity.at,
               {GRADE} >= signal.least_grade AS counts, {GRADE} = {Grade.HUMAN.value} AS certain,
               {IN_WINDOW} AS within,
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
    SELECT lead_id, signal_id, count(DISTINCT unit) FILTER (WHERE counts AND within),
           count(DISTINCT unit) FILTER (WHERE certain AND within),
           count(*) FILTER (WHERE NOT counts AND within), count(*) FILTER (WHERE NOT within),
           max(at) FILTER (WHERE counts AND within)
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
        for lead_id, signal_id, *seen in cursor:
            for rule in by_signal[signal_id]:
                notes[lead_id][rule.pk] = note(rule, Seen(*seen))
    return notes


@dataclass(frozen=True)
class Seen:
    """How often a signal counted, how often for certain, what lacked evidence or came too early, the last."""

    times: int
    certain: int
    doubtful: int
    before: int
    last: datetime | None


def note(rule: ScoreRule, seen: Seen) -> str:
    """Such as: 9 times in the last 90 days, 10 each, the last on 5 Nov 2026, at most 60."""
    days = rule.signal.window_days if rule.signal else None
    if not seen.last:
        return _of_nothing(seen, days)
    day = date_format(timezone.localtime(seen.last), "j M Y")
    if seen.times > 1:
        each = _("%(points)d each") % {"points": rule.points}
        parts = [_often(seen.times, days), each, _("the last on %(day)s") % {"day": day}]
    else:
        points = rule.points if seen.certain else rule.likely_points
        parts = [_("%(points)d on %(day)s") % {"points": points, "day": day}]
        parts += [_often(1, days)] if days else []
    if (likely := seen.times - seen.certain) > 0 and rule.likely_points < rule.points:
        told = {"n": likely, "each": rule.likely_points}
        parts.append(ngettext("%(n)d only likely", "%(n)d only likely, %(each)d each", seen.times) % told)
    if rule.signal and rule.signal.half_life_days:
        parts.append(_("half-life %(days)g days") % {"days": rule.signal.half_life_days})
    if rule.cap is not None:
        parts.append(_("at most %(cap)d") % {"cap": abs(rule.cap)})
    return ", ".join(parts)


def _often(times: int, days: int | None) -> str:
    """Such as: 9 times in the last 90 days."""
    often = ngettext("once", "%(n)d times", times) % {"n": times}
    if not days:
        return often
    told = {"often": often, "days": days}
    return ngettext("%(often)s today", "%(often)s in the last %(days)d days", days) % told


def _of_nothing(seen: Seen, days: int | None) -> str:
    """Why what a lead did earns nothing."""
    if days and not seen.doubtful:
        told = {"often": _often(seen.before, None), "days": days}
        return ngettext("%(often)s, not today", "%(often)s, not in the last %(days)d days", days) % told
    return ngettext(
        "once, without enough evidence of a person",
        "%(n)d times, without enough evidence of a person",
        seen.doubtful,
    ) % {"n": seen.doubtful}


def sentences_of(rules: Collection[ScoreRule]) -> dict[int, str]:
    """The condition of each rule about a characteristic, as a sentence."""
    terms = vocabulary()
    return {rule.pk: sentence(rule.condition, terms) for rule in rules if not rule.signal}
