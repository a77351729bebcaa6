"""How often signals have counted by an instant, from the activities: one statement, one GROUP BY."""

# ruff: noqa: S608 - the SQL is put together from constants of our own; values are parameters

from collections.abc import Collection
from datetime import datetime
from typing import Any

from leads.counting import DAY, GRADE, HUMAN, JOINED, OBJECT, REACH, regraded
from leads.models import OURS, Signal
from leads.recent import beginning

UNITS: dict[str, str] = {Signal.Unit.PER_OBJECT: OBJECT, Signal.Unit.PER_DAY: DAY}


class History:
    """The table expression `history`: a row for each lead, its last sign of life, and a count per signal.

    It reads everybody, or the given leads, or those that `which`, a predicate over `identity`, chooses.
    """

    def __init__(self, at: datetime, lead_ids: Collection[int] | None = None, which: str = "") -> None:
        self.at = at
        self.params: dict[str, Any] = {"at": at, "instant": at.timestamp()}
        self.which = which and f"AND {which}"
        self.counts: list[str] = []
        self.ranks: list[str] = []
        if lead_ids is not None:
            self.params["leads"] = list(lead_ids)
            self.which = "AND identity.lead_id = ANY(%(leads)s)"

    def count(self, signal: Signal) -> str:
        """The column that says how often this signal has counted, each event aged to the instant."""
        number = len(self.counts)
        matches = self._matches(signal, number)
        which, order = ("max", "DESC") if signal.window_days else ("min", "ASC")
        if signal.unit == Signal.Unit.ONCE:
            chosen = f"{which}(activity.at) FILTER (WHERE {matches})"
            counted = f"COALESCE({_aged(signal, chosen)}, 0)"
        else:
            if signal.unit in UNITS:
                self.ranks.append(
                    f"row_number() OVER (PARTITION BY activity.lead_id, ({matches}), {UNITS[signal.unit]}"
                    f" ORDER BY activity.at {order}) AS rank{number}"
                )
                matches = f"({matches}) AND activity.rank{number} = 1"
            counted = f"COALESCE(sum({_aged(signal, 'activity.at')}) FILTER (WHERE {matches}), 0)"
        self.counts.append(f"{counted} AS count{number}")
        return f"COALESCE(history.count{number}, 0)"

    def _matches(self, signal: Signal, number: int) -> str:
        if signal.kind in OURS:
            return "FALSE"
        self.params[f"kind{number}"] = str(signal.kind)
        parts = [f"activity.kind = %(kind{number})s", f"activity.grade >= {int(signal.least_grade)}"]
        if signal.asset_kind:
            self.params[f"asset{number}"] = str(signal.asset_kind)
            parts.append(f"activity.asset_kind = %(asset{number})s")
        if signal.about_starts:
            self.params[f"about{number}"] = signal.about_starts
            parts.append(f"starts_with(activity.about, %(about{number})s)")
        if signal.window_days:
            self.params[f"since{number}"] = beginning(signal.window_days, self.at)
            parts.append(f"activity.at >= %(since{number})s")
        return " AND ".join(parts)

    def sql(self) -> str:
        """The WITH clause; windows stand in it only where a signal counts per object or per day.

        What was known by the instant had also happened by then; that is asked to spare later partitions.
        """
        ranks = "".join(f", {rank}" for rank in self.ranks)
        counts = "".join(f", {count}" for count in self.counts)
        return f"""WITH happened AS (
                SELECT identity.lead_id, activity.at, activity.kind, {GRADE} AS grade, activity.about,
                       activity.asset_id, asset.kind AS asset_kind
                FROM leads_activity activity
                JOIN leads_identity identity ON identity.id = activity.identity_id
                LEFT JOIN leads_asset asset ON asset.id = activity.asset_id
                {regraded("{0}.known_at <= %(at)s")}
                WHERE identity.lead_id IS NOT NULL {self.which}
                  AND activity.at <= %(at)s AND activity.known_at <= %(at)s AND {JOINED}
            ), ranked AS (
                SELECT activity.*{ranks} FROM happened activity
            ), history AS (
                SELECT activity.lead_id, max(activity.at) FILTER (WHERE {HUMAN}) AS last_human_at{counts}
                FROM ranked activity GROUP BY activity.lead_id
            )"""


def _aged(signal: Signal, event_at: str) -> str:
    """What an event weighs at the instant; NULL when there is none."""
    if signal.half_life_days is None:
        return f"CASE WHEN {event_at} IS NOT NULL THEN 1 END"
    half_lives = f"(date_part('epoch', {event_at}) - %(instant)s) / {86400.0 * signal.half_life_days}"
    return f"power(2.0, GREATEST(-{REACH}.0, {half_lives}))"
