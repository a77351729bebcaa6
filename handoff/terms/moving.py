"""The agreed stages and moves in English."""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from handoff.terms import Terms
from handoff.terms.lifecycle import KINDS, Move
from leads.conditions import sentence
from leads.models import Stage

CAUSES = {
    "passed": gettext_lazy("Passed to sales"),
    "accepted": gettext_lazy("Accepted by sales"),
    "rejected": gettext_lazy("Rejected by sales"),
    "closed": gettext_lazy("Rejected for a reason that closes"),
    "opportunity": gettext_lazy("An opportunity is opened"),
    "won": gettext_lazy("The opportunity is won"),
    "lost": gettext_lazy("The opportunity is lost"),
}
KIND_WORDS = {
    "inventory": gettext_lazy("People rest in %(stages)s for as long as it takes."),
    "gate": gettext_lazy("People pass through %(stages)s."),
    "sla": gettext_lazy("Whoever is in %(stages)s is owed an answer in the promised time."),
    "detour": gettext_lazy("%(stages)s lie off the path, and a way leads back."),
}
KIND_LABELS = {
    "inventory": gettext_lazy("inventory"),
    "gate": gettext_lazy("gate"),
    "sla": gettext_lazy("SLA"),
    "detour": gettext_lazy("detour"),
}


@dataclass(frozen=True)
class MoveText:
    """One row of the table of moves: what causes it, from where it starts, where it ends."""

    cause: str
    since: str
    to: str


def stages(terms: Terms) -> str:
    """What kind of place each stage is."""
    kinds = terms.lifecycle.kinds
    of = {kind: [stage for stage in Stage.values if kinds[stage] == kind] for kind in KINDS}
    return " ".join(str(KIND_WORDS[kind]) % {"stages": listed(of[kind])} for kind in KINDS if of[kind])


def moves(terms: Terms) -> list[MoveText]:
    """The table of moves, in the order in which they are tried."""
    return [
        MoveText(_cause(move, terms), listed(move.since), label(move.to)) for move in terms.lifecycle.moves
    ]


def _cause(move: Move, terms: Terms) -> str:
    return str(CAUSES[move.on]) if move.on else capfirst(sentence(move.when, terms.vocabulary))


def listed(stages) -> str:
    return ", ".join(label(stage) for stage in stages)


def label(stage: str) -> str:
    return str(Stage(stage).label)
