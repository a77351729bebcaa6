"""How a lead moves through the stages, as both sides agreed: by what happens, and by what is known of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leads.conditions import Vocabulary, read
from leads.conditions.tree import Node
from leads.models import Stage

#: What sales and marketing do that can move a lead; each is spoken of by one move at most.
EVENTS = ("passed", "accepted", "rejected", "closed", "opportunity", "won", "lost")
#: As the field sorts stages: leads rest there, pass through, are due an answer, or have left the path.
KINDS = ("inventory", "gate", "sla", "detour")

BEFORE_SALES = ["subscriber", "lead", "recycled", "disqualified"]
SALES = ["mql", "sql", "opportunity"]
STANDARD: dict[str, Any] = {
    "stages": [
        {"stage": "subscriber", "kind": "inventory"},
        {"stage": "lead", "kind": "inventory"},
        {"stage": "mql", "kind": "sla"},
        {"stage": "sql", "kind": "sla"},
        {"stage": "opportunity", "kind": "gate"},
        {"stage": "customer", "kind": "inventory"},
        {"stage": "recycled", "kind": "detour"},
        {"stage": "disqualified", "kind": "detour"},
    ],
    "moves": [
        {"from": BEFORE_SALES, "to": "mql", "on": "passed"},
        {"from": [*BEFORE_SALES, "mql"], "to": "sql", "on": "accepted"},
        {"from": ["subscriber", "lead", "disqualified", *SALES], "to": "recycled", "on": "rejected"},
        {"from": ["subscriber", "lead", "recycled", *SALES], "to": "disqualified", "on": "closed"},
        {"from": [*BEFORE_SALES, "mql", "sql"], "to": "opportunity", "on": "opportunity"},
        {"from": [*BEFORE_SALES, *SALES], "to": "customer", "on": "won"},
        {"from": ["opportunity"], "to": "recycled", "on": "lost"},
    ],
}


@dataclass(frozen=True)
class Move:
    """Whoever stands in one of some stages goes to another, when something happens or a condition holds."""

    since: tuple[str, ...]
    to: str
    on: str = ""
    when: Node | None = None

    def __post_init__(self):
        strange = [stage for stage in (*self.since, self.to) if stage not in Stage.values]
        if strange:
            raise ValueError(f"there is no stage “{strange[0]}”")
        if not self.since or self.to in self.since:
            raise ValueError(f"a move to {self.to} starts from other stages")
        if bool(self.on) == (self.when is not None) or self.on not in ("", *EVENTS):
            raise ValueError(f"a move to {self.to} has one cause: an event or a condition")


@dataclass(frozen=True)
class Lifecycle:
    """The stages, what kind each is of, and the agreed moves between them; the first that fits counts."""

    kinds: Mapping[str, str]
    moves: tuple[Move, ...]

    @classmethod
    def parse(cls, json: Mapping[str, Any], vocabulary: Vocabulary) -> "Lifecycle":
        """Read the part of the terms that speaks of stages; ValueError where it contradicts itself."""
        kinds = {one["stage"]: one["kind"] for one in json["stages"]}
        if set(kinds) != set(Stage.values) or not set(kinds.values()) <= set(KINDS):
            raise ValueError("each stage is of one kind")
        moves = tuple(_move(one, vocabulary) for one in json["moves"])
        events = [move.on for move in moves if move.on]
        if len(set(events)) < len(events):
            raise ValueError("two moves speak of the same event")
        return cls(kinds, moves)

    def on(self, event: str) -> Move | None:
        """The move that an event causes, if it causes any."""
        return next((move for move in self.moves if move.on == event), None)

    @property
    def by_condition(self) -> tuple[Move, ...]:
        return tuple(move for move in self.moves if move.when is not None)

    @property
    def conditions(self) -> Iterator[Node]:
        return (move.when for move in self.moves if move.when is not None)


def _move(json: Mapping[str, Any], vocabulary: Vocabulary) -> Move:
    when = json.get("when")
    tree = None if when is None else read(when, vocabulary)
    return Move(tuple(json["from"]), json["to"], json.get("on", ""), tree)
