"""A text with merge fields, compiled: plain fields are put in place directly, anything else by Liquid.

Liquid is the definition. A text of nothing but words and plain fields (`{{ lead.name }}`) is split once
into pieces, and a value that is missing or strange goes the long way, which says what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liquid import Environment
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.template import BoundTemplate
from markupsafe import escape

Piece = str | tuple[str, ...]  # words, or the way to a value
SPECIAL = {"size", "first", "last"}  # what Liquid knows of every value


@dataclass(frozen=True)
class Text:
    """A compiled text, and its pieces where it is plain."""

    template: BoundTemplate
    pieces: tuple[Piece, ...] | None

    @classmethod
    def compile(cls, source: str, environment: Environment) -> "Text":
        """LiquidError where it is none."""
        template = environment.from_string(source)
        pieces = [_piece(node) for node in template.nodes]
        return cls(template, tuple(pieces) if None not in pieces else None)  # type: ignore[arg-type]

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill in the values; LiquidError where one is missing."""
        if self.pieces is not None:
            try:
                whole = "".join(
                    [one if type(one) is str else self._value(one, values) for one in self.pieces]
                )
                if "\r" not in whole:  # Liquid makes line feeds of carriage returns, in its own way
                    return whole
            except (KeyError, TypeError):
                pass  # Liquid finds the words for what is wrong
        return self.template.render(**values)

    def _value(self, way: Piece, values: Any) -> str:
        for name in way:
            values = values[name]
        if type(values) is not str:
            raise TypeError(way)
        return str(escape(values)) if self.template.env.autoescape else values


def _piece(node: Any) -> Piece | None:
    """The words of a node, or the way to its plain value; None for anything else."""
    if type(node) is ContentNode:
        return node.text
    if type(node) is not OutputNode or type(node.expression) is not FilteredExpression:
        return None
    path = node.expression.left
    if node.expression.filters or type(path) is not Path:
        return None
    plain = all(type(name) is str and name not in SPECIAL for name in path.path)
    return tuple(str(name) for name in path.path) if plain else None
