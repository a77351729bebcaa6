"""A track by day, as its page shows it: frames in a row, a branch with its lanes below one another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import dates
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions import InvalidCondition, Vocabulary, sentence
from nurture.models import Lane
from nurture.models.step import EVENTS, ChannelName, Unit
from nurture.outline import LanePlan, Outline, StepPlan, Steps, stretch_name

ICONS = {
    "email": "mail",
    "call": "phone",
    "voicemail": "voicemail",
    "sms": "message-square",
    "letter": "pen-line",
    "direct_mail": "mailbox",
    "newsletter": "newspaper",
    "survey": "list-checks",
    "event": "ticket",
    "social": "users",
}
#: About how many days one unit is: the number of a day on a storyboard is a round figure.
DAYS = {Unit.HOURS.value: 1 / 24, Unit.DAYS.value: 1, Unit.WORKING_DAYS.value: 1.4, Unit.MONTHS.value: 30.4}
WEEKDAYS = tuple(dates.WEEKDAYS.values())


@dataclass(frozen=True)
class Frame:
    """One step on its day: what it says, and how many people are there and were."""

    step: StepPlan
    day: str
    wait: str
    channels: tuple[tuple[str, str], ...]  # icon and name
    first: bool
    last: bool
    figures: Mapping[str, int]
    problems: tuple[str, ...] = ()
    lanes: "tuple[Stretch, ...]" = ()

    @property
    def hours(self) -> str:
        """Between which times of day."""
        return "–".join(filter(None, (self.step.at_time, self.step.by_time)))


@dataclass(frozen=True)
class Stretch:
    """The track's own row of frames, or that of a lane; a branch ends a row, and another begins after it."""

    name: str
    rows: tuple[tuple[Frame, ...], ...]
    lane: LanePlan | None = None
    number: int = 0
    who: str = ""
    then: str = ""
    lost: bool = False  # nobody can read its condition

    @property
    def empty(self) -> bool:
        return not any(self.rows)


@dataclass
class Board:
    """One drawing of an outline."""

    terms: Vocabulary
    figures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: Mapping[str, list[str]] = field(default_factory=dict)

    def draw(self, outline: Outline) -> Stretch:
        rows, _day = self._rows(outline.steps, "", 0.0, relative=False)
        return Stretch("", rows)

    def _rows(
        self, steps: Steps, name: str, day: float, *, relative: bool
    ) -> tuple[tuple[tuple[Frame, ...], ...], float]:
        rows: list[list[Frame]] = [[]]
        for index, step in enumerate(steps):
            day += self._days(step)
            lanes = tuple(
                self._lane(lane, stretch_name(step.key, number), number, day)
                for number, lane in enumerate(step.lanes)
            )
            rows[-1].append(
                Frame(
                    step=step,
                    day=f"+{day:.0f}" if relative else f"{day:.0f}",
                    wait=wait_words(step),
                    channels=tuple(
                        (ICONS[part.channel], str(ChannelName(part.channel).label)) for part in step.parts
                    ),
                    first=index == 0,
                    last=index == len(steps) - 1,
                    figures=self.figures.get(step.key, {}),
                    problems=tuple(self.problems.get(step.key, ())),
                    lanes=lanes,
                )
            )
            if lanes:
                rows.append([])
        return tuple(tuple(row) for row in rows), day

    def _days(self, step: StepPlan) -> float:
        return 0 if step.unit == Unit.WEEKDAY else step.wait * DAYS[step.unit]

    def _lane(self, lane: LanePlan, name: str, number: int, day: float) -> Stretch:
        rows, _end = self._rows(lane.steps, name, 0.0, relative=True)
        who, lost = self._who(lane.condition)
        return Stretch(name, rows, lane, number, who, str(Lane.Then(lane.then).label), lost)

    def says(self, tree: Any) -> str:
        """A goal or an exit in words; nothing where there is none."""
        return self._who(tree)[0] if tree is not None else ""

    def _who(self, tree: Any) -> tuple[str, bool]:
        if tree is None:
            return _("Everybody else"), False
        try:
            return sentence(tree, self.terms), False
        except InvalidCondition as trouble:
            return str(trouble), True


def wait_words(step: StepPlan) -> str:
    """How long a step waits after the one before, in words."""
    limit = _WORDS[step.unit](step.wait)
    if step.event:
        act = dict(EVENTS)[step.event]
        return _("as soon as: %(act)s; %(limit)s at the latest") % {"act": act, "limit": limit}
    return limit


_WORDS = {
    "hours": lambda n: ngettext("after %(n)d hour", "after %(n)d hours", n) % {"n": n},
    "days": lambda n: ngettext("after %(n)d day", "after %(n)d days", n) % {"n": n} if n else _("at once"),
    "working_days": lambda n: ngettext("after %(n)d working day", "after %(n)d working days", n) % {"n": n},
    "months": lambda n: ngettext("after %(n)d month", "after %(n)d months", n) % {"n": n},
    "weekday": lambda n: _("on the next %(day)s") % {"day": WEEKDAYS[(n - 1) % 7]},
}
