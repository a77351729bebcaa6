"""The way a lead took through the stages: how often and how long at each, and each episode with sales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handoff.terms.moving import KIND_LABELS
from leads.models import Stage, StageChange

#: Stages of these kinds are sales' own: an episode lasts from the first of them until a lead leaves them.
WITH_SALES = ("sla", "gate")


@dataclass
class Stop:
    """One stage on the way: how often the lead came, since when it is here, and how long it stayed in all."""

    stage: str
    kind: str
    times: int = 0
    stayed: timedelta = timedelta()
    since: datetime | None = None  # while it stands here

    @property
    def label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def kind_label(self) -> str:
        return str(KIND_LABELS[self.kind])

    @property
    def days(self) -> int:
        return self.stayed.days


@dataclass
class Episode:
    """One time with sales: from being passed until the lead was won, came back or went off."""

    number: int
    began: StageChange
    moves: list[StageChange] = field(default_factory=list)
    ended: StageChange | None = None


def stops(
    moves: Sequence[StageChange], kinds: Mapping[str, str], *, stage: str, known_at: datetime, at: datetime
) -> list[Stop]:
    """Every stage in its order; `moves` are the lead's, oldest first, and `stage` is where it stands."""
    found = {one: Stop(one, kinds[one]) for one in Stage.values}
    if moves and not moves[0].from_stage:  # how it came, which is no move
        known_at, moves = moves[0].at, moves[1:]
    here, since = moves[0].from_stage if moves else stage, known_at
    found[here].times = 1
    for move in moves:
        found[here].stayed += max(move.at - since, timedelta())
        here, since = move.to_stage, move.at
        found[here].times += 1
    found[here].stayed += max(at - since, timedelta())
    found[here].since = since
    return [one for one in found.values() if one.times or one.kind != "detour"]


def episodes(moves: Sequence[StageChange], kinds: Mapping[str, str]) -> list[Episode]:
    """Each time with sales, the latest first."""
    found: list[Episode] = []
    for move in moves:
        inside = kinds[move.to_stage] in WITH_SALES
        running = found[-1] if found and not found[-1].ended else None
        if running is None and inside:
            found.append(Episode(len(found) + 1, move))
        elif running and inside:
            running.moves.append(move)
        elif running:
            running.ended = move
    return found[::-1]
