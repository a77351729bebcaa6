"""What a draft of a score sheet changes, added up: distributions, crossings of lines, and how sure."""

import math
from collections import Counter
from dataclasses import dataclass, field

SHOWN = 100  # how many leads that cross a line are named
SURE = 1.96  # standard deviations: 95 in 100 intervals hold the truth


@dataclass(frozen=True)
class Crossing:
    """How many leads cross a line one way, between which bounds, and some of them by id."""

    count: int
    least: int
    most: int
    leads: tuple[int, ...]


@dataclass(frozen=True)
class Bar:
    """How many leads have so many points or more, up to the next bar: on the current sheet, on the draft."""

    floor: int
    before: int
    after: int


@dataclass
class Effect:
    """Everybody's points before and after, as far as leads have been read."""

    of: int  # open leads there are
    read: int = 0
    before: Counter[int] = field(default_factory=Counter)  # points to leads
    after: Counter[int] = field(default_factory=Counter)
    crossed: Counter[tuple[str, int]] = field(default_factory=Counter)
    named: dict[tuple[str, int], list[int]] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        return self.read >= self.of

    def up(self, mark: int) -> Crossing:
        """Those who are below this line on the current sheet and reach it on the draft."""
        return self._crossing("up", mark)

    def down(self, mark: int) -> Crossing:
        """Those who reach this line on the current sheet and fall below it on the draft."""
        return self._crossing("down", mark)

    def bars(self, most: int = 30) -> list[Bar]:
        """The distributions in at most so many bars of one round width, the empty ones between included."""
        points = [*self.before, *self.after]
        if not points:
            return []
        width = _round_width((max(points) - min(points)) / max(most - 2, 1))
        before, after = _binned(self.before, width), _binned(self.after, width)
        floors = range(min(points) // width * width, max(points) + 1, width)
        return [Bar(floor, before[floor], after[floor]) for floor in floors]

    def note(self, told: str, mark: int, leads: int, ids: list[int] | None) -> None:
        """Add what some leads showed: how many have these points, or cross this line, and who."""
        if told in ("before", "after"):
            getattr(self, told)[mark] += leads
            self.read += leads if told == "before" else 0
        else:
            self.crossed[told, mark] += leads
            named = self.named.setdefault((told, mark), [])
            named += (ids or [])[: SHOWN - len(named)]

    def _crossing(self, way: str, mark: int) -> Crossing:
        least, most = interval(self.crossed[way, mark], self.read, self.of)
        count = round(self.crossed[way, mark] * self.of / self.read) if self.read else 0
        return Crossing(min(max(count, least), most), least, most, tuple(self.named.get((way, mark), ())))


def interval(hits: int, read: int, of: int) -> tuple[int, int]:
    """Between which numbers the hits among all lie, when so many of the leads read were hits (Wilson, 95 %).

    What was seen is certain; the less there is left to read, the narrower it gets.
    """
    if not read or read >= of:
        return hits, hits
    share, spread = hits / read, SURE**2 * (of - read) / max(of - 1, 1)
    middle = (share + spread / (2 * read)) / (1 + spread / read)
    half = math.sqrt(spread * (share * (1 - share) / read + spread / (4 * read**2))) / (1 + spread / read)
    least, most = math.floor((middle - half) * of), math.ceil((middle + half) * of)
    return max(least, hits), min(most, of - (read - hits))


def _binned(points: Counter[int], width: int) -> Counter[int]:
    binned: Counter[int] = Counter()
    for one, leads in points.items():
        binned[one // width * width] += leads
    return binned


def _round_width(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is wide enough."""
    tens = 1
    while True:
        for width in (tens, 2 * tens, 5 * tens):
            if width >= least:
                return width
        tens *= 10
