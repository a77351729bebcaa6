"""What signals with a window have counted, day by day: kept as events arrive, read without the history.

A window holds whole days in UTC: with 90, today and the 89 days before it. Of a signal that has one, what
happened on a day, or the latest occurrence of its unit, is a row of `leads_recent`. Its amount is what that
weighed at the beginning of its day, so nothing has to move when time passes: a reading adds up the rows of
the days within the window, each aged by its own days.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own; values are parameters

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from leads.counting import DAY, OBJECT, REACH
from leads.models import Signal

STEP = 20_000

#: The row that an event falls into. Over the aliases `activity` and `signal`.
UNIT = f"""CASE signal.unit
    WHEN '{Signal.Unit.PER_OBJECT.value}' THEN {OBJECT}
    WHEN '{Signal.Unit.ONCE.value}' THEN ''
    ELSE {DAY}
END"""

#: What an event at `at` weighed at the beginning of its day: more, the later it came.
WEIGHT = """(CASE WHEN half_life_days IS NULL THEN 1.0
    ELSE power(2.0, mod(date_part('epoch', {at})::numeric, 86400) / (86400 * half_life_days)) END)"""


def note(occurrences: str) -> str:
    """The table expressions that keep these occurrences, one on each day or the latest of each unit.

    `occurrences` selects lead_id, signal_id, unit, at, counts (how the signal does) and half_life_days.
    """
    each = f"counts = '{Signal.Unit.EACH.value}'"
    return f"""within AS ({occurrences}), recent AS (
        INSERT INTO leads_recent AS held (lead_id, signal_id, unit, day, amount)
        SELECT lead_id, signal_id, unit, (max(at) AT TIME ZONE 'UTC')::date,
               CASE WHEN {each} THEN sum({WEIGHT.format(at="at")}) ELSE {WEIGHT.format(at="max(at)")} END
        FROM within GROUP BY lead_id, signal_id, unit, counts, half_life_days
        ORDER BY lead_id, signal_id, unit
        ON CONFLICT (lead_id, signal_id, unit) DO UPDATE SET
            day = GREATEST(held.day, EXCLUDED.day),
            amount = CASE
                WHEN (SELECT unit FROM leads_signal WHERE id = held.signal_id) = '{Signal.Unit.EACH.value}'
                THEN held.amount + EXCLUDED.amount
                WHEN (EXCLUDED.day, EXCLUDED.amount) > (held.day, held.amount) THEN EXCLUDED.amount
                ELSE held.amount END
    )"""


#: Drops what the days have carried out of the window, and waits for nobody who writes.
FORGET = """
    DELETE FROM leads_recent WHERE (lead_id, signal_id, unit) IN (
        SELECT recent.lead_id, recent.signal_id, recent.unit
        FROM leads_recent recent JOIN leads_signal signal ON signal.id = recent.signal_id
        WHERE recent.day <= %(today)s::date - signal.window_days
        LIMIT %(step)s FOR UPDATE OF recent SKIP LOCKED)
"""


def forget(at: datetime) -> int:
    """Forget the days that no window reaches any more; returns how many rows that were."""
    forgotten = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(FORGET, {"today": at.astimezone(UTC).date(), "step": STEP})
            forgotten += cursor.rowcount
            if cursor.rowcount < STEP:
                return forgotten


def beginning(days: int, at: datetime) -> datetime:
    """When a window of so many days begins, the day of this instant being the last."""
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


class RecentCounts:
    """The table `recent`: for each lead a column per signal with a window, how often it has counted."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.params: dict[str, Any] = {"instant": at.timestamp()}
        self.counts: dict[int, str] = {}

    def count(self, signal: Signal) -> str:
        """The column that says how often this signal has counted, each event aged to the instant."""
        assert signal.window_days
        self.params[f"from{signal.pk}"] = beginning(signal.window_days, self.at).date()
        mine = f"recent.signal_id = {signal.pk} AND recent.day >= %(from{signal.pk})s"
        self.counts[signal.pk] = f"sum({_aged(signal)}) FILTER (WHERE {mine}) AS count{signal.pk}"
        return f"COALESCE(recent.count{signal.pk}, 0)"

    def join(self, chosen: str) -> str:
        """The join beside `lead`; `chosen`, over `lead.id`, says of whom rows are read."""
        if not self.counts:
            return ""
        signals = ", ".join(map(str, self.counts))
        return f""" LEFT JOIN (
            SELECT recent.lead_id, {", ".join(self.counts.values())} FROM leads_recent recent
            WHERE recent.signal_id IN ({signals}) AND {chosen.replace("lead.id", "recent.lead_id")}
            GROUP BY recent.lead_id) recent ON recent.lead_id = lead.id"""


def _aged(signal: Signal) -> str:
    if signal.half_life_days is None:
        return "recent.amount"
    passed = f"(%(instant)s - date_part('epoch', recent.day)) / {86400.0 * signal.half_life_days}"
    return f"recent.amount * power(2.0, -LEAST({REACH}.0, {passed}))"
