"""Who, asked in a form: rows of field, comparison and value, joined by all or any.

The form writes the same JSON tree that everything else reads, and says beside a row what is wrong
with it. A tree deeper than its rows is kept as it is and shown as its sentence.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.conditions import OPS, Term, Vocabulary, validate

ROWS = 5
WORDS = {
    "is": _("is"),
    "is_not": _("is not"),
    "contains": _("contains"),
    "starts_with": _("starts with"),
    "in": _("is one of"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "above": _("is above"),
    "below": _("is below"),
    "between": _("is between"),
    "before": _("is before"),
    "after": _("is after"),
    "within_last": _("was within the last days"),
    "within_next": _("is within the next days"),
    "older_than": _("is older than days"),
    "is_true": _("is yes"),
    "is_false": _("is no"),
    "known": _("is known"),
    "unknown": _("is not known"),
}
JOINS = (("all", _("all of these hold")), ("any", _("any of these holds")))


def leaf(field: str, op: str, typed: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """One row as a comparison; the value as its operator takes it, and what can't be read stays text."""
    term = vocabulary.get(field)
    shape = OPS[term.type].get(op, "one") if term else "one"
    read = {"none": lambda: None, "list": lambda: _parts(typed), "pair": lambda: _parts(typed)}.get(shape)
    value = read() if read else typed
    if term and term.type == "choice":
        value = [_choice(one, term) for one in value] if isinstance(value, list) else _choice(value, term)
    if term and (shape == "days" or term.type in ("number", "money")):
        value = [_number(one) for one in value] if isinstance(value, list) else _number(value)
    return {"field": field, "op": op} if shape == "none" else {"field": field, "op": op, "value": value}


def _parts(typed: str) -> list[str]:
    return [part.strip() for part in typed.split(",") if part.strip()]


def _number(typed: Any) -> Any:
    try:
        return int(typed)
    except (TypeError, ValueError):
        return typed


def _choice(typed: Any, term: Term) -> Any:
    """A choice as it is stored, also where it was typed as it is shown."""
    words = str(typed).strip().casefold()
    found = (key for key, label in term.choices if words in (key.casefold(), str(label).casefold()))
    return next(found, typed)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


class Who(forms.Form):
    """A condition in rows; empty rows count for nothing, and no row at all is nobody chosen."""

    join = forms.ChoiceField(choices=JOINS, label=_("A lead fits when"), required=False)

    def __init__(self, *args, vocabulary: Vocabulary, tree: Mapping[str, Any] | None = None, **kwargs):
        self.vocabulary, self.tree = vocabulary, tree
        initial = {**_initial(tree), **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, **{"prefix": "who", "label_suffix": "", "initial": initial, **kwargs})
        terms = sorted(vocabulary.values(), key=lambda term: str(term.label))
        for number in range(ROWS):
            self.fields[f"field_{number}"] = forms.ChoiceField(
                choices=[("", "—"), *((term.key, term.label) for term in terms)],
                required=False,
                label=_("Field"),
            )
            self.fields[f"op_{number}"] = forms.ChoiceField(
                choices=list(WORDS.items()), required=False, label=_("Comparison")
            )
            self.fields[f"value_{number}"] = forms.CharField(
                max_length=500, required=False, label=_("Value"), empty_value=""
            )

    def rows(self):
        """The boxes of each row together, for the page."""
        return [[self[f"{name}_{number}"] for name in ("field", "op", "value")] for number in range(ROWS)]

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        leaves = []
        for number in range(ROWS):
            if field := cleaned.get(f"field_{number}"):
                one = leaf(
                    field,
                    cleaned.get(f"op_{number}", ""),
                    cleaned.get(f"value_{number}", ""),
                    self.vocabulary,
                )
                for problem in validate(one, self.vocabulary):
                    self.add_error(f"value_{number}", problem.message)
                leaves.append(one)
        cleaned["tree"] = _joined(cleaned.get("join") or "all", leaves)
        return cleaned


def _joined(join: str, leaves: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not leaves:
        return None
    return leaves[0] if len(leaves) == 1 else {join: leaves}


def _initial(tree: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rows of a tree of one level; a deeper one starts empty."""
    if not tree:
        return {}
    join = next((word for word in ("all", "any") if word in tree), "")
    leaves = tree[join] if join else [tree]
    if len(leaves) > ROWS or any("field" not in one for one in leaves):
        return {}
    initial: dict[str, Any] = {"join": join or "all"}
    for number, one in enumerate(leaves):
        initial |= {
            f"field_{number}": one["field"],
            f"op_{number}": one["op"],
            f"value_{number}": _shown(one.get("value")),
        }
    return initial
