"""What an answer may look like: text in, the value that is stored out, by the type of its field."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Field

YES = frozenset({"yes", "y", "true", "1", "t", "x", "on"})
NO = frozenset({"no", "n", "false", "0", "f", "off"})
LONGEST = 10_000
LARGEST = Decimal("1e15")


def read(field: Field, value: Any) -> Any:
    """The value as it is stored (text, number, ISO date, true or false, money as decimal text).

    Blank is no answer: None. What the field cannot hold raises ValueError with the problem in plain words.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _READERS[field.type](field, value.strip() if isinstance(value, str) else value)


def _text(field: Field, value: Any) -> str:
    text = str(value)
    if "\x00" in text:
        raise ValueError(_("The text holds a NUL character."))
    if len(text) > LONGEST:
        raise ValueError(_("The text is longer than %d characters.") % LONGEST)
    return text


def _decimal(value: Any) -> Decimal:
    try:
        figure = Decimal(str(value).replace("\u00a0", "").replace(" ", ""))
    except InvalidOperation:
        raise ValueError(_("“%s” is not a number, such as 1250 or 1250.50.") % str(value)[:80]) from None
    if not figure.is_finite() or abs(figure) >= LARGEST:
        raise ValueError(_("“%s” is too large a number.") % str(value)[:80])
    return figure


def _number(field: Field, value: Any) -> int | float:
    figure = _decimal(value)
    return int(figure) if figure == figure.to_integral_value() else float(figure)


def _money(field: Field, value: Any) -> str:
    figure = _decimal(value)
    if figure != round(figure, 2):
        raise ValueError(_("“%s” has more than two decimal places.") % str(value)[:80])
    return f"{figure:.2f}"


def _date(field: Field, value: Any) -> str:
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(_("“%s” is not a date, such as 2026-11-16.") % str(value)[:80]) from None


def _choice(field: Field, value: Any) -> str:
    wanted = _text(field, value)
    found = {str(choice).casefold(): str(choice) for choice in field.choices}.get(wanted.casefold())
    if found is None and field.choices:
        raise ValueError(
            _("“%(value)s” is none of: %(choices)s.")
            % {"value": wanted[:80], "choices": ", ".join(map(str, field.choices))}
        )
    return found or wanted


def _yes_no(field: Field, value: Any) -> bool:
    word = str(value).casefold()
    if word not in YES | NO:
        raise ValueError(_("“%s” is neither yes nor no.") % str(value)[:80])
    return word in YES


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    Field.Type.TEXT: _text,
    Field.Type.NUMBER: _number,
    Field.Type.MONEY: _money,
    Field.Type.DATE: _date,
    Field.Type.CHOICE: _choice,
    Field.Type.YES_NO: _yes_no,
}
