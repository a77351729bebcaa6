"""Facts and constants read as values, by the same patterns in Python as in SQL."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from people.clock import local_instant

Value = str | Decimal | date | bool

UTC_ZONE = ZoneInfo("UTC")

# Both languages read these alike: no \d, whose meaning depends on a locale. Years 1000 to 2999 keep
# every sum of days inside both calendars.
NUMBER = r"-?[0-9]+(?:[.][0-9]+)?"  # counting digits here would make Postgres three times slower
LONGEST_NUMBER = 40
_LEAP_YEAR = r"(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)"
DAY = (
    r"(?:[12][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    rf"|{_LEAP_YEAR}-02-29)"
)
INSTANT = (
    DAY + r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)


def _one_letter_folds() -> dict[int, str]:
    """Case folding that keeps lengths, and that a plain lower() of ASCII agrees with."""
    last_cased = 0x1E943
    folds = {cp: chr(cp).casefold() for cp in range(128, last_cased + 1)}
    kept = {cp: to for cp, to in folds.items() if len(to) == 1 and to != chr(cp) and ord(to) > 127}
    return kept | {cp: chr(cp).lower() for cp in range(ord("A"), ord("Z") + 1)}


FOLDS = _one_letter_folds()


def fold(text: str) -> str:
    """The text without its case, letter by letter."""
    return text.translate(FOLDS)


def variants(letter: str) -> str:
    """The other letters beyond ASCII that fold to this one."""
    return _VARIANTS.get(letter, "")


_VARIANTS: dict[str, str] = {}
for _cp, _to in FOLDS.items():
    if _cp > 127:
        _VARIANTS[_to] = _VARIANTS.get(_to, "") + chr(_cp)


def composed(text: str) -> str:
    """The text in NFC, as facts are kept."""
    return unicodedata.normalize("NFC", text)


def fact_value(type_: str, fact: Any, zone: ZoneInfo) -> Value | None:
    """The fact as a value of this type; None, unknown, when it is missing or something else."""
    text = as_text(fact)
    if not text:
        return None
    if type_ in ("number", "money"):
        return number(text)
    if type_ == "date":
        return _day(text, zone)
    if type_ == "yes_no":
        return {"true": True, "false": False}.get(text)
    return fold(text) if type_ == "text" else text


def as_text(fact: Any) -> str | None:
    """The fact as `->>` would give it from JSON."""
    if fact is None:
        return None
    if isinstance(fact, bool):
        return "true" if fact else "false"
    if isinstance(fact, float | Decimal):
        exact = Decimal(str(fact))
        return format(exact, "f") if exact.is_finite() else str(exact)
    if isinstance(fact, datetime) and fact.tzinfo is not None:
        return fact.astimezone(UTC).isoformat()
    return fact.isoformat() if isinstance(fact, date) else str(fact)


def number(text: str) -> Decimal | None:
    """The number written here, or None."""
    return Decimal(text) if len(text) <= LONGEST_NUMBER and re.fullmatch(NUMBER, text) else None


def day(text: str) -> date | None:
    """The calendar date written here, or None."""
    return date.fromisoformat(text) if re.fullmatch(DAY, text) else None


def _day(text: str, zone: ZoneInfo) -> date | None:
    if re.fullmatch(INSTANT, text):
        return datetime.fromisoformat(text).astimezone(zone).date()
    return day(text)


def today(at: datetime, zone: ZoneInfo) -> date:
    """The day that `at` falls on; once a day has begun, clocks going back do not undo it."""
    shown = at.astimezone(zone).date()
    following = shown + timedelta(days=1)
    return following if local_instant(following, time(), zone) <= at else shown
