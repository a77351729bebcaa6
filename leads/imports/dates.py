"""Dates and instants as people write them."""

import re
from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime

DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
CLOCK = re.compile(r"[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?$")


def instant(text: str, order: str) -> datetime:
    """An ISO date or instant, 16.11.2026, or one with slashes in the column's order; else in UTC."""
    if iso := _iso(text):
        return iso if iso.tzinfo else iso.replace(tzinfo=UTC)
    clock = CLOCK.search(text)
    day = text[: clock.start()] if clock else text
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    if found := DOTTED.fullmatch(day):
        numbers = [int(part) for part in found.groups()]
    elif found := SLASHED.fullmatch(day):
        numbers = [int(part) for part in found.groups()]
        if order == "mdy":
            numbers[0], numbers[1] = numbers[1], numbers[0]
    else:
        raise ValueError
    return datetime(numbers[2], numbers[1], numbers[0], hour, minute, second, tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    if day := parse_date(text):
        return datetime.combine(day, time(), UTC)
    return parse_datetime(text)
