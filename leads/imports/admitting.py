"""Putting every row of a file through the door, 5,000 at a time, and counting what became of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Any

from leads.imports import comparing, mapping, progress, reading
from leads.imports.checking import Checker
from leads.imports.kinds import Outcome, Told
from leads.imports.rejects import Rejects, Seen
from leads.models import Import

CHUNK, NAMED = 10_000, 100


def admit(batch: Import, rejects: Rejects, at: datetime) -> dict[str, Any]:
    """Put every row through, in the caller's transaction; returns the counts."""
    mapping.check(batch)
    checker, seen, sources = Checker(batch), Seen(), Counter[str]()
    counts: dict[str, Any] = dict.fromkeys(("rows", "created", "updated", "unchanged", "repeats"), 0)
    counts |= {"repeated": [], "examples": []}
    for rows in _chunks(batch, checker, rejects, counts):
        outcome = checker.kind.admit(rows, batch, at)
        _reject(rows, outcome, checker, rejects)
        for name in ("created", "updated", "unchanged"):
            counts[name] += getattr(outcome, name)
        sources += outcome.sources
        _show(batch, counts, rows, outcome)
        named = zip(rows, outcome.lead_ids, strict=True)
        again = [told.number for told, lead in named if lead and seen.before(lead)]
        counts["repeats"] += len(again)
        counts["repeated"] += again[: NAMED - len(counts["repeated"])]
        progress.tell(batch, counts["rows"])
    if checker.kind.compare:
        counts["columns"] = checker.kind.compare(batch)
    return counts | {"rejected": rejects.rows, "problems": rejects.count, "sources": dict(sources)}


def _show(batch: Import, counts: dict[str, Any], rows: list[Told], outcome: Outcome) -> None:
    """Keep a few rows with what they change; the first chunk that changes anything has them."""
    if len(counts["examples"]) < comparing.EXAMPLES and outcome.lead_ids:
        named = zip(rows, outcome.lead_ids, strict=True)
        found = comparing.examples(batch, {lead: told.number for told, lead in named if lead})
        counts["examples"] = [*counts["examples"], *found][: comparing.EXAMPLES]


def _reject(rows: list[Told], outcome: Outcome, checker: Checker, rejects: Rejects) -> None:
    refused: dict[int, list[tuple[str, str]]] = {}
    for index, target, problem in outcome.refusals:
        refused.setdefault(index, []).append((checker.column_of.get(target, ""), problem))
    for index, problems in refused.items():
        rejects.add(rows[index].number, rows[index].cells, problems)


def _chunks(batch: Import, checker: Checker, rejects: Rejects, counts: dict[str, int]) -> Iterator[list]:
    layout = reading.Layout(batch.rules["encoding"], batch.rules["delimiter"], batch.rules["damaged"])
    with batch.file.open("rb") as file, closing(reading.rows(file.file, layout)) as records:
        next(records, None)
        while some := list(islice(records, CHUNK)):
            counts["rows"] += len(some)
            good = []
            for number, cells in some:
                told, problems = checker.read(number, cells)
                if problems:
                    rejects.add(number, cells, problems)
                else:
                    good.append(told)
            yield good
