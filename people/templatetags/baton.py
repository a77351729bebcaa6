"""Components of Baton's pages as template tags; built into every template. /styleguide/ shows each of them.

{% icon "phone" %}                      an icon from lucide, beside words that say the same
{% mark side %}                         whose hand: marketing, sales, passing, none or dropped;
                                        label="" hides it from screen readers where words stand beside it
{% hand user side %}                    a round hand with initials; a name as a string works too
{% rod used %}                          share used of what was promised, 0 to 100
{% clock clock %}                       a Clock: urgency, figure, word, used; inline=True is one line
{% custody custody %}                   one line: mark, holder, what comes next, when
{% baton custody clock=… after=… after_label=… %}
                                        the baton: holder, next, by when, and who has it after that
                                        (after_label: "else" unless given); a custody without a custodian
                                        shows as dropped. What it reads of a custody: side, custodian, since,
                                        get_next_action_display, reason, next_action_at
{% grade "verified" "Ruth, by phone" %} how far a fact may be believed: verified, observed, self, enriched,
                                        machine; always with words
{% tag "changed" kind="ink" %}          a small label; kind: late, warn, marketing, sales, ink or nothing
{% pips 2 "Need" %}                     a rating from 1 to 3, or unknown (None)
{% score_card card line=320 %}          lines (label, note, points) and their total; `line` is what is needed,
                                        line_label="Line in agreement 3" its name
{% log entries %}                       a timeline of (at, icon, title, answer, url, kind); kind: pass, moved
{% share 4 5 under=80 %}                "4 of 5" over its rod, marked when under that many per cent
{% empty "No leads yet" "…" url "Import" %}  what a page says when there is nothing
{% toast words kind %}                  a passing message; kind: success, warning, error
{% bars rows caption %}                 chart: rows of (label, value, shown, url, kind); it is its own table;
                                        kind: is, in (ink), out (past the promise), idle
{% line points caption goal=8 %}        chart: points of (label, value, shown), with its table
{% intervals rows caption goal=60 least=10 %}
                                        chart: rows of (label, low, value, high, n), shares 0 to 1; fewer than
                                        `least` cases read "not enough data"
{{ name|initials }}                     "MD"; a question mark for nobody
{{ value|points }}                      "+45", "−20", "0"
{{ value|seconds }}                     "12 s", "3 min", "2 h"
{{ value|in_words }}                    a choice, number, money or list as a person reads it

Fragments to include, each with its own names only:
{% include "_pager.html" with newer=url older=url %}   either may be empty; keys [ and ]
{% include "_confirm.html" with ask="Undo…" sentence="What it does" url=url action="Undo" team="" %}
{% include "_field.html" with field=form.name %}       label, field, help and error
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import lucide
from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from people import charts

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
    return _drawn(str(name) + "")


@cache
def _drawn(name: str) -> str:
    svg = lucide._render_icon(name, 18, **{"class": "icon", "aria-hidden": "true"})
    return mark_safe(svg)  # noqa: S308  a drawing from the lucide package, chosen by the template


@register.inclusion_tag("_mark.html")
def mark(side: str = "none", label: str | None = None) -> dict[str, Any]:
    return {"side": side, "label": _(SIDES.get(side, SIDES["none"])) if label is None else label}


@register.filter
def initials(who: Any) -> str:
    return "".join(word[0] for word in str(who or "?").split()[:2]).upper()


@register.simple_tag
def hand(who: Any, side: str = "") -> str:
    return format_html(
        '<span class="hand" data-team="{}" title="{}" aria-hidden="true">{}</span>', side, who, initials(who)
    )


@register.simple_tag
def rod(used: float) -> str:
    return format_html(
        '<svg class="rod" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="1"/></svg>',
        max(0, min(100, round(used or 0))),
    )


@register.inclusion_tag("_clock.html")
def clock(clock: Any, inline: bool = False) -> dict[str, Any]:
    return {"clock": clock, "inline": inline}


@register.inclusion_tag("_custody.html")
def custody(custody: Any) -> dict[str, Any]:
    return {"custody": custody}


@register.inclusion_tag("_baton.html")
def baton(custody: Any, clock: Any = None, after: str = "", after_label: str = "") -> dict[str, Any]:
    """`after` says who has it next, `after_label` how ("else", "then")."""
    late = getattr(clock, "urgency", "") == "late"
    shown = {"custody": custody, "clock": clock, "late": late}
    return {**shown, "after": after, "after_label": after_label or _("else")}


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


@register.inclusion_tag("_toast.html")
def toast(words: Any, kind: str = "") -> dict[str, Any]:
    return {"words": words, "kind": kind}


@register.inclusion_tag("_score_card.html")
def score_card(card: Any, line: Any = None, line_label: str = "") -> dict[str, Any]:
    label = line_label or _("Needed")
    return {"lines": card.lines, "total": card.total, "line": line, "line_label": label}


@register.inclusion_tag("_log.html")
def log(entries: Sequence[Any]) -> dict[str, Any]:
    return {"entries": entries}


@register.inclusion_tag("_share.html")
def share(kept: int, of: int, under: float = 0) -> dict[str, Any]:
    used = 100 * kept / of if of else 0
    return {"kept": kept, "of": of, "used": used, "is_under": bool(of) and used < under}


@register.inclusion_tag("_bars.html")
def bars(rows: Sequence[Sequence[Any]], caption: str = "") -> dict[str, Any]:
    return {"rows": charts.bars(rows), "caption": caption}


@register.inclusion_tag("_line.html")
def line(points: Sequence[Sequence[Any]], caption: str = "", goal: float | None = None) -> dict[str, Any]:
    return {**charts.line(points, goal), "caption": caption}


@register.inclusion_tag("_intervals.html")
def intervals(
    rows: Sequence[Sequence[Any]], caption: str = "", goal: float | None = None, least: int = 0
) -> dict[str, Any]:
    return {"rows": charts.intervals(rows, least), "caption": caption, "goal": goal}


@register.filter
def points(value: float) -> str:
    """Points as a till receipt shows them, with the sign of what they do."""
    return f"+{value}" if value > 0 else str(value).replace("-", "\u2212")


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
