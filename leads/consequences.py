"""What a page shows of a what-if: who crosses which line, by name, and how points are spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leads import foresight, whatif
from leads.effect import Crossing, Effect
from leads.models import Lead, ScoreRule, ScoreSheet, WhatIf
from people.models import User

SHOWN = 12
BARS = 14


@dataclass(frozen=True)
class Crossed:
    """One line: who reaches it and who falls below it."""

    mark: int
    up: Crossing
    down: Crossing
    rising: Sequence[Lead]
    falling: Sequence[Lead]


@dataclass(frozen=True)
class Consequences:
    """What a change does, as far as it is known; `counting` is the row of the exact answer."""

    effect: Effect
    crossed: tuple[Crossed, ...]
    counting: WhatIf | None = None
    slow: bool = False

    @property
    def nothing(self) -> bool:
        return self.effect.before == self.effect.after

    def spread(self) -> list[dict[str, Any]]:
        """The bars of both distributions, as shares of the longest."""
        bars = self.effect.bars(BARS)
        most = max((max(bar.before, bar.after) for bar in bars), default=0) or 1
        width = bars[1].floor - bars[0].floor if len(bars) > 1 else 1
        return [
            {
                "label": _span(bar.floor, bar.floor + width - 1),
                "before": bar.before,
                "after": bar.after,
                "was": round(100 * bar.before / most, 2),
                "is": round(100 * bar.after / most, 2),
            }
            for bar in bars
        ]


def _span(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return _("%(first)d to %(last)d") % {"first": first, "last": last}


def at_once(
    before: Sequence[ScoreRule], after: Sequence[ScoreRule], marks: Sequence[int], *, by: User,
    sheet: ScoreSheet, at: datetime,
) -> Consequences:  # fmt: skip
    """From a sample, or exactly where there are no more leads; else the exact count has been asked for."""
    effect = whatif.on_a_sample(before, after, at=at, marks=marks)
    counting = None if effect.is_exact else foresight.ask(sheet, before, after, marks, by=by, at=at)
    if counting and counting.state == WhatIf.State.DONE:
        return counted(counting, by=by)
    slow = bool(counting and whatif.uncounted(after))
    return Consequences(effect, _crossed(effect, marks, by), counting, slow)


def counted(row: WhatIf, *, by: User) -> Consequences:
    """The exact answer."""
    assert row.effect is not None
    effect = foresight.effect_of(row.effect)
    return Consequences(effect, _crossed(effect, row.marks, by))


def _crossed(effect: Effect, marks: Sequence[int], by: User) -> tuple[Crossed, ...]:
    crossings = [(mark, effect.up(mark), effect.down(mark)) for mark in marks]
    ids = {lead for _mark, *both in crossings for one in both for lead in one.leads}
    seen = Lead.objects.visible_to(by).filter(pk__in=ids).select_related("account")
    leads = {lead.pk: lead for lead in seen}
    return tuple(
        Crossed(mark, up, down, *([leads[pk] for pk in one.leads if pk in leads] for one in (up, down)))
        for mark, up, down in crossings
    )
