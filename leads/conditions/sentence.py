"""The tree as one English sentence."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.conditions.tree import Leaf, Node, Not, read
from leads.conditions.vocabulary import Term, Vocabulary

_PATTERNS = {
    "is": gettext_lazy("%(label)s is %(one)s"),
    "is_not": gettext_lazy("%(label)s is not %(one)s"),
    "contains": gettext_lazy("%(label)s contains %(one)s"),
    "starts_with": gettext_lazy("%(label)s starts with %(one)s"),
    "in": gettext_lazy("%(label)s is %(list)s"),
    "at_least": gettext_lazy("%(label)s is at least %(one)s"),
    "at_most": gettext_lazy("%(label)s is at most %(one)s"),
    "above": gettext_lazy("%(label)s is above %(one)s"),
    "below": gettext_lazy("%(label)s is below %(one)s"),
    "between": gettext_lazy("%(label)s is between %(one)s and %(last)s"),
    "before": gettext_lazy("%(label)s is before %(one)s"),
    "after": gettext_lazy("%(label)s is after %(one)s"),
    "is_true": gettext_lazy("%(label)s is yes"),
    "is_false": gettext_lazy("%(label)s is no"),
    "known": gettext_lazy("%(label)s is known"),
    "unknown": gettext_lazy("%(label)s is unknown"),
}


def sentence(tree: Any, vocabulary: Vocabulary) -> str:
    """What the tree says, in words; groups inside a group stand in brackets."""
    return _words(read(tree, vocabulary))


def _words(node: Node) -> str:
    if isinstance(node, Leaf):
        return _leaf(node)
    if isinstance(node, Not):
        return _("not (%(condition)s)") % {"condition": _words(node.part)}
    if not node.parts:
        return _("everybody")
    joint = _(" and ") if node.word == "all" else _(" or ")
    return joint.join(_part(part) for part in node.parts)


def _part(node: Node) -> str:
    alone = isinstance(node, Leaf | Not) or len(node.parts) < 2
    return _words(node) if alone else f"({_words(node)})"


def _leaf(leaf: Leaf) -> str:
    label = _in_a_sentence(leaf.term.label)
    if leaf.op in ("within_last", "within_next", "older_than"):
        return _days(leaf.op, label, leaf.values[0])
    shown = [_value(leaf.term, value) for value in leaf.values] or [""]
    return _PATTERNS[leaf.op] % {
        "label": label,
        "one": shown[0],
        "last": shown[-1],
        "list": _(" or ").join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown),
    }


def _days(op: str, label: str, days: int) -> str:
    if days == 0:
        return (_("%(label)s is before today") if op == "older_than" else _("%(label)s is today")) % {
            "label": label
        }
    pattern = {
        "within_last": ngettext(
            "%(label)s is today or yesterday", "%(label)s is within the last %(days)d days", days
        ),
        "within_next": ngettext(
            "%(label)s is today or tomorrow", "%(label)s is within the next %(days)d days", days
        ),
        "older_than": ngettext(
            "%(label)s is more than %(days)d day ago", "%(label)s is more than %(days)d days ago", days
        ),
    }[op]
    return pattern % {"label": label, "days": days}


def _value(term: Term, value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,}"
    if isinstance(value, date):
        return dateformat.format(value, "j M Y")
    return str(dict(term.choices).get(value, value)) if term.type == "choice" else f"“{value}”"


def _in_a_sentence(label: str) -> str:
    """A label that does not begin with an abbreviation loses its capital."""
    abbreviation = len(label) > 1 and not label[1].islower()
    return label if abbreviation else label[:1].lower() + label[1:]
