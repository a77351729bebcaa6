"""What a comparison compares with: constants read from JSON, or a sentence that says what is wrong."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions import values
from leads.conditions.vocabulary import Term

MOST_IN_LIST = 200
LONGEST_TEXT = 500
MOST_DAYS = 36_500
EXACT_NUMBER = r"-?[0-9]{1,15}(?:[.][0-9]{1,9})?"  # halves and sums of these are exact


def read_constants(shape: str, term: Term, value: Any, check_choices: bool) -> tuple[Any, ...]:
    """The values of one comparison, of the term's type; ValueError says in a sentence what is wrong."""
    return _SHAPES[shape](term, value, check_choices)


def _nothing(term: Term, value: Any, check: bool) -> tuple[Any, ...]:
    if value is not None:
        raise ValueError(_("%(label)s takes no value here.") % {"label": term.label})
    return ()


def _one(term: Term, value: Any, check: bool) -> tuple[Any, ...]:
    return (_constant(term, value, check),)


def _list(term: Term, value: Any, check: bool) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(_("%(label)s needs a list with at least one value.") % {"label": term.label})
    if len(value) > MOST_IN_LIST:
        raise ValueError(
            _("The list for %(label)s has more than %(n)d values.") % {"label": term.label, "n": MOST_IN_LIST}
        )
    return tuple(_constant(term, one, check) for one in value)


def _pair(term: Term, value: Any, check: bool) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(_("%(label)s needs a lower and an upper end.") % {"label": term.label})
    low, high = (_constant(term, one, check) for one in value)
    if low > high:
        raise ValueError(_("The lower end for %(label)s is above the upper one.") % {"label": term.label})
    return low, high


def _days(term: Term, value: Any, check: bool) -> tuple[Any, ...]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DAYS:
        raise ValueError(
            _("%(label)s needs a whole number of days, at most %(n)d.")
            % {"label": term.label, "n": MOST_DAYS}
        )
    return (value,)


_SHAPES: dict[str, Callable[[Term, Any, bool], tuple[Any, ...]]] = {
    "none": _nothing,
    "one": _one,
    "list": _list,
    "pair": _pair,
    "days": _days,
}


def _constant(term: Term, value: Any, check: bool) -> Any:
    if term.type in ("number", "money"):
        return _number(term, value)
    if term.type == "date":
        found = values.day(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(_("%(label)s needs a date such as 2026-11-22.") % {"label": term.label})
        return found
    text = _text(term, value)
    if check and term.choices and text not in dict(term.choices):
        raise ValueError(_("“%(value)s” is no choice of %(label)s.") % {"value": text, "label": term.label})
    return text


def _number(term: Term, value: Any) -> Decimal:
    text = (values.as_text(value) or "") if isinstance(value, int | float | Decimal | str) else ""
    found = values.number(text) if re.fullmatch(EXACT_NUMBER, text) else None
    if found is None:
        raise ValueError(_("%(label)s needs a number.") % {"label": term.label})
    return found


def _text(term: Term, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(_("%(label)s needs a value.") % {"label": term.label})
    if len(value) > LONGEST_TEXT:
        raise ValueError(
            _("The value for %(label)s is longer than %(n)d characters.")
            % {"label": term.label, "n": LONGEST_TEXT}
        )
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(
            _("The value for %(label)s has a character no text can hold.") % {"label": term.label}
        )
    return values.composed(value)
