"""When somebody works: a week of spans in a time zone, less holidays and closed days."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.utils.translation import gettext as _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_END = 24 * 60
TERMS = {"time_zone", "week", "country", "subdivision", "closed"}

Span = tuple[int, int]  # minutes of the local day, from and until; 1440 is its end
Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class WorkingHours:
    """The hours in which work is done: spans for each weekday, in one time zone, less the closed days."""

    time_zone: ZoneInfo
    week: Week
    country: str = ""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, terms: Mapping[str, Any]) -> "WorkingHours":
        """Read terms as a calendar or an agreement stores them; ValueError says what is wrong."""
        if not isinstance(terms, Mapping):
            raise ValueError(_("Working hours must have a time zone and a week."))
        if strange := sorted(str(key) for key in terms if key not in TERMS):
            raise ValueError(_("Working hours have no “%(name)s”.") % {"name": strange[0]})
        country, subdivision = _parse_place(terms.get("country") or "", terms.get("subdivision") or "")
        return cls(
            time_zone=_parse_zone(terms.get("time_zone")),
            week=_parse_week(terms.get("week")),
            country=country,
            subdivision=subdivision,
            closed=frozenset(_parse_day(day) for day in _parse_list(terms.get("closed") or [])),
        )

    def as_terms(self) -> dict[str, Any]:
        """The same hours as plain JSON, always in the same order, so that it can be signed."""
        return {
            "time_zone": self.time_zone.key,
            "week": {
                name: [[_clock_face(start), _clock_face(end)] for start, end in spans]
                for name, spans in zip(DAYS, self.week, strict=True)
                if spans
            },
            "country": self.country,
            "subdivision": self.subdivision,
            "closed": sorted(day.isoformat() for day in self.closed),
        }

    def in_zone(self, zone: ZoneInfo, country: str = "", subdivision: str = "") -> "WorkingHours":
        """The same week read on another person's clock, with that person's holidays."""
        return replace(self, time_zone=zone, country=country, subdivision=subdivision)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans worked on this calendar day."""
        spans = self.week[day.weekday()]
        if not spans or day in self.closed or self._is_holiday(day):
            return ()
        return spans

    def _is_holiday(self, day: date) -> bool:
        return bool(self.country) and day in _holidays(self.country, self.subdivision, day.year)


@lru_cache(maxsize=1024)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def _parse_place(country: Any, subdivision: Any) -> tuple[str, str]:
    if not isinstance(country, str) or not isinstance(subdivision, str):
        raise ValueError(_("The country and its part must be short codes, such as “NO”."))
    supported = holidays.list_supported_countries(include_aliases=True)
    if country and country not in supported:
        raise ValueError(_("No holidays are known for the country “%(name)s”.") % {"name": country})
    if subdivision and subdivision not in supported.get(country, ()):
        raise ValueError(
            _("“%(country)s” has no part called “%(name)s”.") % {"country": country, "name": subdivision}
        )
    return country, subdivision


def _parse_zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError, AttributeError) as error:  # what zoneinfo raises
        raise ValueError(_("There is no time zone called “%(name)s”.") % {"name": name}) from error


def _parse_week(week: Any) -> Week:
    if not isinstance(week, Mapping):
        raise ValueError(_("The week must list the hours of each day."))
    if strange := sorted(str(name) for name in week if name not in DAYS):
        raise ValueError(_("The week has no day called “%(name)s”.") % {"name": strange[0]})
    parsed = tuple(_parse_spans(name, week.get(name) or []) for name in DAYS)
    if not any(parsed):
        raise ValueError(_("The week has no working hour."))
    return parsed


def _parse_spans(name: str, spans: Any) -> tuple[Span, ...]:
    parsed = sorted(_parse_span(name, span) for span in _parse_list(spans))
    for (_start, until), (start, _end) in pairwise(parsed):
        if start < until:
            raise ValueError(_("The hours of %(day)s overlap.") % {"day": name})
    return tuple(parsed)


def _parse_span(name: str, span: Any) -> Span:
    if not isinstance(span, Sequence) or isinstance(span, str) or len(span) != 2:
        raise ValueError(_("The hours of %(day)s must be pairs of a start and an end.") % {"day": name})
    start, end = (_parse_minute(face) for face in span)
    if start >= end:
        raise ValueError(_("On %(day)s the hours end before they start.") % {"day": name})
    return start, end


def _parse_minute(face: Any) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", face) if isinstance(face, str) else None
    if match is None:
        raise ValueError(_("“%(time)s” is not a time such as 08:30.") % {"time": face})
    return int(match[1]) * 60 + int(match[2]) if match[1] else DAY_END


def _parse_day(day: Any) -> date:
    try:
        return day if type(day) is date else date.fromisoformat(day)
    except (TypeError, ValueError) as error:
        raise ValueError(_("“%(day)s” is not a date such as 2026-12-24.") % {"day": day}) from error


def _parse_list(value: Any) -> Iterable[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError(_("“%(value)s” should be a list.") % {"value": value})
    return value


def _clock_face(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
