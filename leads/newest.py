"""Rows with an instant, newest first, a page at a time, found by instant and number and never by page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet


def newest(rows: QuerySet, older_than: str, size: int) -> tuple[list[Any], str]:
    """The next of these rows after a key, and the key of those older still.

    A key that nobody wrote begins with the newest.
    """
    if key := _key(older_than):
        at, number = key
        rows = rows.filter(Q(at__lte=at), Q(at__lt=at) | Q(id__lt=number))
    found = list(rows.order_by("-at", "-id")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.at.isoformat()}~{last.id}" if last else ""


def every(rows: QuerySet, size: int = 1000) -> Iterator[Any]:
    """All of them, a page in memory at a time."""
    older = ""
    while True:
        found, older = newest(rows, older, size)
        yield from found
        if not older:
            return


def _key(text: str) -> tuple[datetime, int] | None:
    try:
        at, number = text.split("~")
        return datetime.fromisoformat(at).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None
