"""Conditions as they stand in an address: readable, typed by hand, and the same tree on the way back.

    industry.is.Dairy            a comparison: field, operator, value
    country.in.DE~DK             a list, and a pair, are parted by a tilde
    email.known                  some operators take no value
    any(stage.is.mql,not(is_target.is_true))

A value that could be misread (a text of digits, or one with a comma, bracket, tilde or quote) stands in
double quotes, in which a backslash makes the next character plain.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

LONGEST = 4_000
LISTS = ("in", "between")
LEAF = re.compile(r"([a-z][a-z0-9_]*)\.([a-z_]+)(\.?)")
GROUP = re.compile(r"(all|any|not)\(")
BARE = re.compile(r'[^,()~"]+')
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
DEEPEST = 8


class Unreadable(ValueError):
    """Words that are no condition; says where they stop making sense."""


def write(tree: Mapping[str, Any]) -> str:
    """The tree as it stands in an address."""
    for word in ("all", "any"):
        if word in tree:
            return f"{word}({','.join(write(part) for part in tree[word])})"
    if "not" in tree:
        return f"not({write(tree['not'])})"
    if "value" not in tree:
        return f"{tree['field']}.{tree['op']}"
    value = tree["value"]
    shown = "~".join(map(_scalar, value)) if isinstance(value, list | tuple) else _scalar(value)
    return f"{tree['field']}.{tree['op']}.{shown}"


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    plain = value == value.strip() and BARE.fullmatch(value) and not NUMBER.fullmatch(value)
    return value if plain else '"' + value.replace("\\", r"\\").replace('"', r"\"") + '"'


def read(text: str) -> dict[str, Any]:
    """The tree that these words say; raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(_("It is longer than %(n)d characters.") % {"n": LONGEST})
    reader = _Reader(text)
    tree = reader.node(1)
    if reader.place < len(text):
        raise reader.lost()
    return tree


class _Reader:
    """One reading of a text, from left to right."""

    def __init__(self, text: str):
        self.text, self.place = text, 0

    def lost(self) -> Unreadable:
        rest = self.text[self.place : self.place + 30]
        return Unreadable(_("It can't be read from “%(rest)s” on.") % {"rest": rest or "…"})

    def take(self, pattern: re.Pattern) -> re.Match | None:
        if found := pattern.match(self.text, self.place):
            self.place = found.end()
        return found

    def node(self, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            raise Unreadable(_("It is nested more than %(n)d deep.") % {"n": DEEPEST})
        if group := self.take(GROUP):
            return self.group(group[1], depth)
        return self.leaf()

    def group(self, word: str, depth: int) -> dict[str, Any]:
        parts = [self.node(depth + 1)]
        while word != "not" and self.skip(","):
            parts.append(self.node(depth + 1))
        if not self.skip(")"):
            raise self.lost()
        return {"not": parts[0]} if word == "not" else {word: parts}

    def skip(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.place)
        self.place += len(mark) * found
        return found

    def leaf(self) -> dict[str, Any]:
        found = self.take(LEAF)
        if not found:
            raise self.lost()
        field, op, dot = found.groups()
        return {"field": field, "op": op, "value": self.value(op)} if dot else {"field": field, "op": op}

    def value(self, op: str) -> Any:
        values = [self.scalar()]
        while self.skip("~"):
            values.append(self.scalar())
        return values if op in LISTS or len(values) > 1 else values[0]

    def scalar(self) -> Any:
        if quoted := self.take(QUOTED):
            return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
        if not (bare := self.take(BARE)):
            raise self.lost()
        text = bare[0].strip()
        if NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        return text
