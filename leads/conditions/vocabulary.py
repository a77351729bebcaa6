"""What conditions can speak of: terms, their types, and the operators each type knows."""

from collections.abc import Mapping
from dataclasses import dataclass

# What an operator compares with: nothing, one value, a list, a pair of ends, or a number of days.
_KNOWN = {"known": "none", "unknown": "none"}
_NUMBER = {
    "is": "one",
    "at_least": "one",
    "at_most": "one",
    "above": "one",
    "below": "one",
    "between": "pair",
    **_KNOWN,
}
OPS: dict[str, dict[str, str]] = {
    "text": {"is": "one", "is_not": "one", "contains": "one", "starts_with": "one", "in": "list", **_KNOWN},
    "choice": {"is": "one", "is_not": "one", "in": "list", **_KNOWN},
    "number": _NUMBER,
    "money": _NUMBER,
    "date": {
        "before": "one",
        "after": "one",
        "within_last": "days",
        "within_next": "days",
        "older_than": "days",
        **_KNOWN,
    },
    "yes_no": {"is_true": "none", "is_false": "none", **_KNOWN},
}


@dataclass(frozen=True)
class Term:
    """One thing that can be asked of a lead: its type, and where SQL finds its value.

    `sql` is trusted SQL written by us, never by a user. `stored` says what it yields: "text", as `->>`
    gives it, which is checked before it is believed; "typed", a column of the term's own type; or
    "instant", a timestamptz. `sql_as_of` yields the value as it was known at `%(at)s`. Per cent signs
    in either are doubled, as everywhere in a statement with parameters.
    """

    key: str
    label: str
    type: str
    sql: str
    sql_as_of: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # key and label; of a number, the values it can take
    stored: str = "text"


Vocabulary = Mapping[str, Term]


def vocabulary(*terms: Term) -> dict[str, Term]:
    """The terms by their keys."""
    return {term.key: term for term in terms}
