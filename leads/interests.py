"""What a lead reads, how deep it goes, and the way it took: from what it did, in three queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from leads.models import Activity, Asset, Grade, Kind, Lead

SHOWN = 300  # latest steps that the picture is drawn from
LANES = 6
LISTED = 30
HALF_A_YEAR = timedelta(days=183)
#: What somebody does with an asset of their own will.
READING = (Kind.DOWNLOAD, Kind.CLICK, Kind.REGISTERED, Kind.ATTENDED, Kind.VISIT)


@dataclass(frozen=True)
class Step:
    """One thing that was read, taken or visited."""

    at: datetime
    what: str
    interest: str
    level: int  # 0 where nobody said how deep it goes
    x: float = 0.0  # where it lies in the picture, in per cent from the left

    @property
    def size(self) -> float:
        """The radius of its dot in pixels."""
        return 3 + 2 * self.level


@dataclass(frozen=True)
class Interest:
    """A lane of the picture: one interest with its steps, the latest last."""

    name: str
    steps: tuple[Step, ...]

    @property
    def level(self) -> int:
        """How deep they go: the middle of the levels read, the deeper one of two middles."""
        levels = sorted(step.level for step in self.steps if step.level)
        return levels[len(levels) // 2] if levels else 0

    @property
    def level_label(self) -> str:
        return str(Asset.Level(self.level).label) if self.level else ""

    @property
    def last(self) -> datetime:
        return self.steps[-1].at


@dataclass(frozen=True)
class Way:
    """What a lead reads: its interests, the strongest first, over a stretch of time."""

    interests: tuple[Interest, ...]
    since: datetime
    until: datetime

    @property
    def latest(self) -> list[Step]:
        """The last steps, the latest first."""
        steps = [step for interest in self.interests for step in interest.steps]
        return sorted(steps, key=lambda step: step.at, reverse=True)[:LISTED]

    @property
    def expertise(self) -> str:
        """Such as: expert in Pumps, beginner in CIP."""
        known = [one for one in self.interests if one.level]
        return ", ".join(
            _("%(level)s in %(interest)s") % {"level": one.level_label, "interest": one.name} for one in known
        )


def way_of(lead: Lead, at: datetime) -> Way | None:
    """The way a lead took through site and content; None where it has not read anything yet."""
    rows = (
        Activity.objects.filter(identity__lead=lead, kind__in=READING, grade__gt=Grade.MACHINE, at__lte=at)
        .filter(Q(asset__isnull=False) | Q(kind=Kind.VISIT))
        .order_by("-at", "-id")
        .values_list("at", "about", "asset__name", "asset__interest", "asset__level")
    )
    steps = [_step(*row) for row in rows[:SHOWN]][::-1]
    return draw(steps, at) if steps else None


def _step(at: datetime, about: str, name: str | None, interest: str | None, level: int | None) -> Step:
    if name:
        return Step(at, name, interest or _("Other"), level or 0)
    return Step(at, about, _("Pages"), 0)


def draw(steps: Iterable[Step], at: datetime) -> Way:
    """Lay the steps out on lanes, from the first of them until now; half a year at least fills the width."""
    lanes: dict[str, list[Step]] = defaultdict(list)
    ordered = sorted(steps, key=lambda step: step.at)
    since = min(ordered[0].at, at - HALF_A_YEAR)
    span = (at - since).total_seconds() or 1.0
    for step in ordered:
        x = round(100 * (step.at - since).total_seconds() / span, 2)
        lanes[step.interest].append(Step(step.at, step.what, step.interest, step.level, min(x, 100.0)))
    interests = [Interest(name, tuple(of)) for name, of in lanes.items()]
    strongest = sorted(interests, key=lambda one: (one.level == 0, -len(one.steps), one.name))
    return Way(tuple(strongest[:LANES]), since, at)
