"""The tree as it is stored, read into nodes, with plain words for whatever is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.constants import read_constants
from leads.conditions.vocabulary import OPS, Term, Vocabulary

DEEPEST = 8
MOST_LEAVES = 100


@dataclass(frozen=True)
class Leaf:
    """One comparison of one term."""

    term: Term
    op: str
    values: tuple[Any, ...] = ()  # of the term's type, or a number of days


@dataclass(frozen=True)
class Group:
    """Several conditions of which all, or any, must hold."""

    word: str  # "all" or "any"
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a condition; the opposite of unknown is unknown."""

    part: "Node"


Node = Leaf | Group | Not
EVERYBODY = Group("all", ())


@dataclass(frozen=True)
class Problem:
    """What is wrong with a tree, and where: a path such as "all.0.not", empty at the root."""

    path: str
    message: str


class InvalidCondition(ValueError):
    """A tree that cannot be read; `problems` says why."""

    def __init__(self, problems: list[Problem]):
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def validate(tree: Any, vocabulary: Vocabulary) -> list[Problem]:
    """Everything that is wrong with a tree about to be saved."""
    reader = _Reader(vocabulary, check_choices=True)
    reader.root(tree)
    return reader.problems


def read(tree: Any, vocabulary: Vocabulary) -> Node:
    """The tree as nodes, read once for many uses; a choice withdrawn since it was saved is no error."""
    if isinstance(tree, Leaf | Group | Not):
        return tree
    reader = _Reader(vocabulary, check_choices=False)
    node = reader.root(tree)
    if reader.problems or node is None:
        raise InvalidCondition(reader.problems)
    return node


def fields(tree: Any) -> set[str]:
    """The keys of the fields that a tree speaks of."""
    if isinstance(tree, Leaf | Group | Not):
        return {leaf.term.key for leaf in leaves(tree)}
    found, waiting = set(), [tree]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Mapping):
            continue
        if isinstance(part.get("field"), str):
            found.add(part["field"])
        for word in ("all", "any"):
            waiting += part[word] if isinstance(part.get(word), list) else []
        waiting.append(part.get("not"))
    return found


def leaves(node: Node) -> Iterator[Leaf]:
    """Each comparison in the tree, in order."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        for part in node.parts:
            yield from leaves(part)


class _Reader:
    """One reading of a tree, gathering problems on the way."""

    def __init__(self, vocabulary: Vocabulary, *, check_choices: bool):
        self.vocabulary = vocabulary
        self.check_choices = check_choices
        self.problems: list[Problem] = []
        self.leaf_count = 0

    def root(self, tree: Any) -> Node | None:
        if isinstance(tree, Mapping) and not tree:
            return EVERYBODY
        return self.node(tree, (), 1)

    def node(self, tree: Any, path: tuple[str, ...], depth: int) -> Node | None:
        try:
            return self.any_node(tree, path, depth)
        except ValueError as error:
            self.problems.append(Problem(".".join(path), str(error)))
            return None

    def any_node(self, tree: Any, path: tuple[str, ...], depth: int) -> Node | None:
        if depth > DEEPEST:
            raise ValueError(_("Conditions are nested more than %(n)d deep.") % {"n": DEEPEST})
        keys = set(tree) if isinstance(tree, Mapping) else set()
        if keys in ({"all"}, {"any"}):
            return self.group(next(iter(tree)), tree, path, depth)
        if keys == {"not"}:
            part = self.node(tree["not"], (*path, "not"), depth + 1)
            return part and Not(part)
        if "field" in keys and keys <= {"field", "op", "value"}:
            return self.leaf(tree)
        raise ValueError(_("This is neither a comparison nor one of all, any and not."))

    def group(self, word: str, tree: Any, path: tuple[str, ...], depth: int) -> Group:
        if not isinstance(tree[word], list) or not tree[word]:
            raise ValueError(_("“%(word)s” needs at least one condition.") % {"word": word})
        parts = []
        for index, part in enumerate(tree[word]):
            if self.leaf_count > MOST_LEAVES:
                break
            parts.append(self.node(part, (*path, word, str(index)), depth + 1))
        return Group(word, tuple(part for part in parts if part))

    def leaf(self, tree: Any) -> Leaf:
        self.leaf_count += 1
        if self.leaf_count > MOST_LEAVES:
            raise ValueError(_("There are more than %(n)d comparisons.") % {"n": MOST_LEAVES})
        field, op = tree["field"], tree.get("op")
        term = self.vocabulary.get(field) if isinstance(field, str) else None
        if term is None:
            raise ValueError(_("There is no field called “%(name)s”.") % {"name": field})
        shape = OPS[term.type].get(op) if isinstance(op, str) else None
        if shape is None:
            names = {"label": term.label, "op": op}
            raise ValueError(_("%(label)s cannot be compared with “%(op)s”.") % names)
        return Leaf(term, op, read_constants(shape, term, tree.get("value"), self.check_choices))
