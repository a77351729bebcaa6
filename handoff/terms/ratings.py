"""Ratings that follow from what is known, as both sides agreed: proposed to whoever rates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions import Vocabulary, evaluate, fields, read
from leads.conditions.tree import Node
from leads.models import Rating

#: A rating does not follow from ratings.
RATED = {*Rating.Criterion.values, "rating"}
NONE: dict[str, Any] = {"rules": []}


@dataclass(frozen=True)
class Proposal:
    """One rule: whoever it holds of is rated so on one criterion."""

    criterion: str
    value: int
    when: Node

    def __post_init__(self):
        if self.criterion not in Rating.Criterion.values:
            raise ValueError(f"“{self.criterion}” is not rated")
        if type(self.value) is not int or not 1 <= self.value <= 3:
            raise ValueError(f"a rating of {self.criterion} is 1, 2 or 3")
        if fields(self.when) & RATED:
            raise ValueError(f"a rating of {self.criterion} cannot follow from ratings")


@dataclass(frozen=True)
class Ratings:
    """The rules by which ratings are proposed, in their order, and whether they count unconfirmed."""

    proposals: tuple[Proposal, ...]
    count: bool = False

    @classmethod
    def parse(cls, json: Mapping[str, Any], vocabulary: Vocabulary) -> "Ratings":
        """Read the part of the terms that speaks of ratings; ValueError where it contradicts itself."""
        count = json.get("count", False)
        if not isinstance(count, bool):
            raise ValueError("proposed ratings count or do not")
        return cls(tuple(_proposal(rule, vocabulary) for rule in json["rules"]), count)

    def proposed(
        self, values: Mapping[str, Any], vocabulary: Vocabulary, *, at: datetime, zone: ZoneInfo
    ) -> dict[str, Proposal]:
        """By criterion the first rule that holds; none where one before it might."""
        found: dict[str, Proposal] = {}
        unclear: set[str] = set()
        for one in self.proposals:
            if one.criterion in found or one.criterion in unclear:
                continue
            truth = evaluate(one.when, values, vocabulary, at=at, zone=zone)
            if truth:
                found[one.criterion] = one
            elif truth is None:
                unclear.add(one.criterion)
        return found

    @property
    def conditions(self) -> Iterator[Node]:
        return (one.when for one in self.proposals)


def _proposal(json: Mapping[str, Any], vocabulary: Vocabulary) -> Proposal:
    return Proposal(json["criterion"], json["value"], read(json["when"], vocabulary))
