"""The table of reasons to say no, in English: where each leads, what comes next, and in whose hand."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from handoff.terms import Terms
from handoff.terms.durations import days
from handoff.terms.parts import Reason
from people.models import Side


@dataclass(frozen=True)
class ReasonText:
    """One row of the table of reasons: where it leads, what comes next, in whose hand."""

    code: str
    label: str
    goes_to: str
    next: str
    side: str  # empty when nobody holds it


def reasons(terms: Terms) -> list[ReasonText]:
    """The table of reasons, each with its destination."""
    return [
        ReasonText(reason.code, reason.label, *_DESTINATIONS[reason.to](reason)) for reason in terms.reasons
    ]


def _to_sleep(reason: Reason) -> tuple[str, str, str]:
    if not reason.asks_date:
        wakes = _("wakes after %(time)s") % {"time": days(reason.days)}
    elif reason.days_before:
        wakes = _("wakes %(time)s before the date you give") % {"time": days(reason.days_before)}
    else:
        wakes = _("wakes on the date you give")
    return _("Sleeps"), wakes, Side.MARKETING.value


_DESTINATIONS: dict[str, Callable[[Reason], tuple[str, str, str]]] = {
    "track": lambda reason: (reason.track_name, _("the track's first touch"), Side.MARKETING.value),
    "sleep": _to_sleep,
    "reroute": lambda reason: (_("Another rep"), _("by the same route, at once"), Side.SALES.value),
    "marketing": lambda reason: (_("Marketing"), _("the track that fits best"), Side.MARKETING.value),
    "close": lambda reason: (_("Closed"), _("cause kept"), ""),
}
