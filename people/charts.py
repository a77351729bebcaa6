"""Where the lines, bars and dots of a chart lie; the templates draw them as SVG with percentages."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

TOP, BOTTOM = 16, 96  # of a line chart, in pixels


def _cell(row: Sequence[Any], n: int, default: Any = "") -> Any:
    return row[n] if len(row) > n else default


def bars(rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Bars as shares of the longest one."""
    most = max((row[1] or 0 for row in rows), default=0) or 1
    return [
        {
            "label": row[0],
            "shown": _cell(row, 2, row[1]),
            "url": _cell(row, 3),
            "kind": _cell(row, 4),
            "width": round(100 * (row[1] or 0) / most, 2),
        }
        for row in rows
    ]


def line(points: Sequence[Sequence[Any]], goal: float | None = None) -> dict[str, Any]:
    """A run of values from left to right, zero at the bottom; `goal` is drawn across."""
    most = max([point[1] or 0 for point in points] + [goal or 0]) or 1
    step = 100 / max(1, len(points) - 1)
    drawn = [
        {
            "x": round(n * step, 2),
            "y": _height(point[1] or 0, most),
            "label": point[0],
            "shown": _cell(point, 2, point[1]),
        }
        for n, point in enumerate(points)
    ]
    ends = {"first": drawn[0], "last": drawn[-1]} if drawn else {}
    goal_y = None if goal is None else _height(goal, most)
    return {"points": drawn, "pairs": list(pairwise(drawn)), "most": most, "goal_y": goal_y, **ends}


def _height(value: float, most: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / most, 2)


def intervals(rows: Sequence[Sequence[Any]], least: int = 0) -> list[dict[str, Any]]:
    """Shares with where the truth lies; fewer than `least` cases are drawn without the dot."""
    return [
        {
            "label": label,
            "low": round(100 * low, 1),
            "value": round(100 * value, 1),
            "high": round(100 * high, 1),
            "n": n,
            "few": n < least,
        }
        for label, low, value, high, n in rows
    ]
