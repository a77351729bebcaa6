"""What a draft of a score sheet would change: for everybody's points, before anything is saved.

`on_a_sample` answers at once, from some leads that are the same at every asking, with an interval.
`on_everybody` answers exactly, some leads at a time, and yields what is known so far: for a background
task that shows its progress. `crossers` pages through the leads that cross a line.

Both sheets are given by their rules, and the draft's need not be saved. Points are read from the tallies.
A signal that has none, because it is new or counts differently in the draft (`uncounted`), is read from
the history: soon done for a sample, while the exact answer then costs as much as the history is long.

    effect = whatif.on_a_sample(scoring.rules_of(sheet), draft, at=at, marks=[320])
    effect.up(320)       # Crossing(count=412, least=371, most=458, leads=(7, 19, ...))
    effect.bars()        # [Bar(floor=0, before=830, after=790), ...] for a chart
    whatif.uncounted(draft)   # say that the exact answer takes longer
"""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from leads import certain, scoring
from leads.effect import SHOWN, Effect
from leads.history import History
from leads.limits import limits_of
from leads.lines import Reading
from leads.models import Custody, ScoreRule, Signal
from leads.vocabulary import vocabulary

SAMPLE = 2_000

#: The open leads whose numbers, well shuffled, come first: the same ones at every asking.
DRAWN = "SELECT lead_id FROM leads_custody ORDER BY hashint8extended(lead_id, 0) LIMIT %(size)s"

#: The points of every open lead on both sheets; each line is worked out once, whichever sheets have it.
BOTH = """SELECT lead_id, {before} AS before, {after} AS after FROM (
        SELECT known.lead_id{lines} FROM {known} OFFSET 0
    ) one"""

TOLD = """
    {prelude}, scored AS MATERIALIZED ({both})
    SELECT 'before', before, count(*), NULL::bigint[] FROM scored GROUP BY before
    UNION ALL SELECT 'after', after, count(*), NULL FROM scored GROUP BY after
    UNION ALL SELECT CASE WHEN before < mark THEN 'up' ELSE 'down' END AS way, mark, count(*),
                     (array_agg(lead_id ORDER BY lead_id))[:{shown}]
    FROM scored JOIN unnest(%(marks)s::int[]) mark ON (before < mark) <> (after < mark) GROUP BY way, mark
"""

CROSSING = """
    {prelude} SELECT lead_id, before, after FROM ({both}) scored
    WHERE lead_id > %(beyond)s
      AND CASE WHEN %(up)s THEN before < %(mark)s AND after >= %(mark)s
               ELSE before >= %(mark)s AND after < %(mark)s END
    ORDER BY lead_id LIMIT %(limit)s
"""


def on_a_sample(
    current: Collection[ScoreRule],
    draft: Collection[ScoreRule],
    *,
    at: datetime,
    marks: Collection[int] = (),
    size: int = SAMPLE,
) -> Effect:
    """What the draft would change for some leads, which stand for all; exact where there are no more."""
    effect, leads = Effect(of=Custody.objects.count()), _drawn(size)
    _tell(effect, _Comparison(current, draft, at), marks, scoring.CHOSEN, {"leads": leads})
    effect.of = max(effect.of, effect.read)
    return effect


def on_everybody(
    current: Collection[ScoreRule],
    draft: Collection[ScoreRule],
    *,
    at: datetime,
    marks: Collection[int] = (),
) -> Iterator[Effect]:
    """What the draft would change for all open leads: what is known so far, and at last everything."""
    effect, comparison = Effect(of=Custody.objects.count()), _Comparison(current, draft, at)
    for which, chosen in scoring.chunks():
        _tell(effect, comparison, marks, which, chosen)
        yield effect
    effect.of = effect.read
    yield effect


def crossers(
    current: Collection[ScoreRule],
    draft: Collection[ScoreRule],
    *,
    at: datetime,
    mark: int,
    up: bool = True,
    beyond: int = 0,
    limit: int = SHOWN,
) -> list[tuple[int, int, int]]:
    """Leads that cross the line, with their points before and after, in the order of their ids.

    The next page begins `beyond` the last id of this one. Where few cross, this reads on through everybody.
    """
    comparison, found = _Comparison(current, draft, at), list[tuple[int, int, int]]()
    for which, chosen in scoring.chunks():
        if chosen["upto"] > beyond and len(found) < limit:
            asked = {"mark": mark, "up": up, "beyond": beyond, "limit": limit - len(found)}
            found += comparison.ask(CROSSING, which, {**chosen, **asked})
    return found


def uncounted(rules: Collection[ScoreRule]) -> list[Signal]:
    """The signals of these rules that have no tally: those that are new, or count differently in them."""
    signals = [one for rule in rules for one in (rule.signal, rule.certain) if one]
    wanted = {id(signal): signal for signal in signals}
    kept = Signal.objects.in_bulk([signal.pk for signal in wanted.values() if signal.pk])
    return [signal for signal in wanted.values() if not _is_kept(signal, kept.get(signal.pk))]


class _Comparison:
    """Both sheets in one statement; rules that both have are worked out once."""

    def __init__(self, current: Collection[ScoreRule], draft: Collection[ScoreRule], at: datetime) -> None:
        self.at = at
        self.columns: dict[str, ScoreRule] = {}
        for rule in [*current, *draft]:
            self.columns.setdefault(_sense(rule), rule)
        every = [*self.columns.values()]
        certain.pair(every, certain.kept_for(every))
        places = {sense: number for number, sense in enumerate(self.columns)}
        for rule in [*current, *draft]:
            rule.line = places[_sense(rule)]
        lines, sure = ({number: f"{what}{number}" for number in places.values()} for what in ("line", "sure"))
        self.before, self.after = (limits_of(rules).total(lines, sure) for rules in (current, draft))
        self.uncounted = uncounted(every)

    def ask(self, statement: str, which: str, params: dict[str, Any]) -> list[tuple]:
        """Run the statement over the open leads that `which` chooses."""
        history = History(self.at, which=which.replace("lead.id", "identity.lead_id"))
        reading, terms = Reading(self.at), vocabulary()
        count = reading.count_of(self.uncounted, history)
        lines = [
            (number, *reading.line(rule, number, count, terms))
            for number, rule in enumerate(self.columns.values())
        ]
        reading.read_too(history)
        both = BOTH.format(
            before=self.before,
            after=self.after,
            lines="".join(
                f", {line} AS line{number}, {sure} AS sure{number}" for number, line, sure in lines
            ),
            known=reading.known(scoring.OPEN, which),
        )
        prelude = reading.prelude or "WITH nothing AS (SELECT)"
        with connection.cursor() as cursor:
            cursor.execute(
                statement.format(prelude=prelude, both=both, shown=SHOWN),
                {**reading.params, **params},
            )
            return cursor.fetchall()


def _tell(effect: Effect, comparison: _Comparison, marks: Collection[int], which: str, chosen: dict) -> None:
    for row in comparison.ask(TOLD, which, {**chosen, "marks": sorted(set(marks))}):
        effect.note(*row)


def _drawn(size: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(DRAWN, {"size": size})
        return [lead for (lead,) in cursor]


def _is_kept(signal: Signal, kept: Signal | None) -> bool:
    """Does the tally count what this signal counts? Its name makes no difference."""
    return kept is not None and kept.is_counted and _counted(signal) == _counted(kept)


def _counted(signal: Signal) -> dict:
    return {key: value for key, value in signal.terms().items() if key != "name"}


def _sense(rule: ScoreRule) -> str:
    """What makes the points of two rules equal, whatever they are called and wherever they stand."""
    about = _counted(rule.signal) if rule.signal else rule.condition
    told = [about, rule.points, rule.cap, bool(rule.signal), rule.minds_evidence, rule.likely_points]
    return json.dumps(told, sort_keys=True, default=str)
