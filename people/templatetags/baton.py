"""Components of Baton's pages as template tags; built into every template.

{% icon "phone" %}                      an icon from lucide, beside words that say the same
{% mark side %}                         whose hand: marketing, sales, passing, none or dropped
{% hand user side %}                    a round hand with initials; name as a string works too
{% rod used %}                          share used of what was promised, 0 to 100
{% clock clock %}                       people.clock.Clock: figure, word, urgency and its rod
{% custody custody %}                   one line: mark, holder, what comes next, when
{% baton custody clock=… after=… %}     the baton: holder, next, by when, and who has it else
{% grade "verified" "Ruth, by phone" %} how far a fact may be believed: shape and words
{% tag "changed" kind="ink" %}          a small label; kind: late, warn, marketing, sales, ink or nothing
{% pips 2 "Need" %}                     a rating from 1 to 3, or unknown (None)
{% empty "No leads yet" "…" url "Import" %}  what a page says when there is nothing
{% bars rows caption %}                 chart: rows of (label, value, shown, url) with its table
{% line points caption %}               chart: points of (label, value, shown) with its table
{% intervals rows caption %}            chart: rows of (label, low, value, high, n), shares 0 to 1
{{ value|seconds }}                     "12 s", "3 min", "2 h"
{{ value|in_words }}                    a choice, number, money or list as a person reads it
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import lucide
from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

register = template.Library()

SIDES = {
    "marketing": "Marketing holds it",
    "sales": "Sales holds it",
    "passing": "Passing",
    "none": "Nobody's turn",
    "dropped": "No holder",
}


@register.simple_tag
def icon(name: str) -> str:
    svg = lucide._render_icon(str(name) + "", 18, **{"class": "icon", "aria-hidden": "true"})
    return mark_safe(svg)  # noqa: S308  a drawing from the lucide package, chosen by the template


@register.inclusion_tag("_mark.html")
def mark(side: str = "none") -> dict[str, Any]:
    return {"side": side, "label": _(SIDES.get(side, SIDES["none"]))}


@register.simple_tag
def hand(who: Any, side: str = "") -> str:
    name = str(who or "?")
    initials = "".join(word[0] for word in name.split()[:2]).upper()
    return format_html(
        '<span class="hand" data-team="{}" title="{}" aria-hidden="true">{}</span>', side, name, initials
    )


@register.simple_tag
def rod(used: float) -> str:
    return format_html(
        '<svg class="rod" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="1"/></svg>',
        max(0, min(100, round(used or 0))),
    )


@register.inclusion_tag("_clock.html")
def clock(clock: Any) -> dict[str, Any]:
    return {"clock": clock}


@register.inclusion_tag("_custody.html")
def custody(custody: Any) -> dict[str, Any]:
    return {"custody": custody}


@register.inclusion_tag("_baton.html")
def baton(custody: Any, clock: Any = None, after: str = "", after_label: str = "") -> dict[str, Any]:
    """`after` says who has it next, `after_label` how ("else", "then")."""
    return {"custody": custody, "clock": clock, "after": after, "after_label": after_label or _("else")}


@register.simple_tag
def grade(grade: str, words: str = "") -> str:
    return format_html('<span class="grade" data-grade="{}">{}</span>', grade, words or grade)


@register.simple_tag
def tag(words: str, kind: str = "") -> str:
    return format_html('<span class="tag" data-kind="{}">{}</span>', kind, words)


@register.inclusion_tag("_pips.html")
def pips(value: int | None, label: str = "") -> dict[str, Any]:
    return {"value": value, "label": label, "marks": [bool(value and n <= value) for n in (1, 2, 3)]}


@register.inclusion_tag("_empty.html")
def empty(title: str, sentence: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    return {"title": title, "sentence": sentence, "url": url, "action": action}


@register.inclusion_tag("_bars.html")
def bars(rows: Sequence[Sequence[Any]], caption: str = "") -> dict[str, Any]:
    most = max((row[1] or 0 for row in rows), default=0) or 1
    shown = [
        {
            "label": row[0],
            "shown": row[2] if len(row) > 2 else row[1],
            "url": row[3] if len(row) > 3 else "",
            "width": round(100 * (row[1] or 0) / most, 2),
        }
        for row in rows
    ]
    return {"rows": shown, "caption": caption}


@register.inclusion_tag("_line.html")
def line(points: Sequence[Sequence[Any]], caption: str = "") -> dict[str, Any]:
    most = max((point[1] or 0 for point in points), default=0) or 1
    step = 100 / max(1, len(points) - 1)
    drawn = [
        {
            "x": round(n * step, 2),
            "y": round(90 - 80 * (point[1] or 0) / most, 2),
            "label": point[0],
            "shown": point[2] if len(point) > 2 else point[1],
        }
        for n, point in enumerate(points)
    ]
    return {"points": drawn, "pairs": list(pairwise(drawn)), "caption": caption}


@register.inclusion_tag("_intervals.html")
def intervals(rows: Sequence[Sequence[Any]], caption: str = "") -> dict[str, Any]:
    shown = [
        {
            "label": label,
            "low": round(100 * low, 1),
            "value": round(100 * value, 1),
            "high": round(100 * high, 1),
            "width": round(100 * (high - low), 1),
            "n": n,
        }
        for label, low, value, high, n in rows
    ]
    return {"rows": shown, "caption": caption}


@register.filter
def seconds(value: float | timedelta | None) -> str:
    if value is None:
        return "–"
    total = value.total_seconds() if isinstance(value, timedelta) else float(value)
    for size, unit in ((86400, _("d")), (3600, _("h")), (60, _("min"))):
        if total >= size:
            return f"{total / size:.0f} {unit}"
    return f"{total:.0f} {_('s')}"


@register.filter
def in_words(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(in_words(one) for one in value)
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value)
    if isinstance(value, int | float):
        return formats.number_format(value, use_l10n=True, force_grouping=True)
    return str(value)
