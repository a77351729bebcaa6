"""What an agreement is made of, as frozen parts read from its JSON."""

from dataclasses import dataclass

from leads.conditions.tree import Node

TRIGGERS = ("consultation", "target", "criteria", "score")
DESTINATIONS = ("track", "sleep", "reroute", "marketing", "close")


@dataclass(frozen=True)
class Clause:
    """One case that always passes, how fast it is answered and by which route."""

    trigger: str
    minutes: int
    to: str = "ladder"  # or "manager"
    needed: int = 0  # criteria: the sum of the four ratings
    threshold: int = 0  # score: the line
    days: int = 0  # target: how long an answer counts as one

    def __post_init__(self):
        if self.trigger not in TRIGGERS or self.minutes < 1 or self.to not in ("ladder", "manager"):
            raise ValueError(f"no such clause: {self}")
        if self.trigger == "criteria" and not 4 <= self.needed <= 12:
            raise ValueError("the ratings needed are a sum from 4 to 12")


@dataclass(frozen=True)
class Code:
    """A reason for which marketing may pass somebody early."""

    code: str
    label: str


@dataclass(frozen=True)
class Exceptions:
    """Which early handoffs there are, how many a month, and how fast sales answers."""

    codes: tuple[Code, ...]
    a_month: int
    minutes: int


@dataclass(frozen=True)
class NotSure:
    """What marketing does where few answers would settle it."""

    unknowns: int
    days: int


@dataclass(frozen=True)
class AfterAccept:
    """What the rep does next, how fast and how often."""

    minutes: int
    attempts: int


@dataclass(frozen=True)
class Reason:
    """Why sales may say no, and where that sends the lead."""

    code: str
    label: str
    to: str
    track: int | None = None
    track_name: str = ""
    days: int = 0  # of sleep, where the rep gives no date
    asks_date: bool = False
    days_before: int = 0  # the date at which a sleeper is woken
    cause: str = ""

    def __post_init__(self):
        if self.to not in DESTINATIONS:
            raise ValueError(f"“{self.label}” leads nowhere")
        if self.to == "track" and not self.track:
            raise ValueError(f"“{self.label}” names no track")
        if self.to == "close" and not self.cause:
            raise ValueError(f"“{self.label}” closes without a cause")
        if self.to == "sleep" and not (self.asks_date or self.days):
            raise ValueError(f"“{self.label}” sleeps without an end")


@dataclass(frozen=True)
class Territory:
    """Whom a part of the market belongs to."""

    name: str
    when: Node
    reps: tuple[int, ...]


@dataclass(frozen=True)
class Ladder:
    """The order in which a person is looked for; below it always stands a manager."""

    territories: tuple[Territory, ...] = ()
    weights: tuple[tuple[int, int], ...] = ()  # rep and weight; everybody else weighs 1

    def weight_of(self, rep: int) -> int:
        return dict(self.weights).get(rep, 1)


@dataclass(frozen=True)
class Rule:
    """A line of the score sheet as it was signed, as far as time can move it."""

    label: str
    points: int
    when: Node | None
    half_life_days: float | None
    group: str = ""
    group_cap: int = 0  # what the rules of its group may earn together
    window_days: int = 0  # the last days that count alone; 0: all that ever happened
