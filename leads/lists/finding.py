"""Finding the leads of a list: keys first, by an index wherever there is one, then the rows of one page."""

# ruff: noqa: S608 - the SQL is put together from constants of our own; all values are parameters

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q

from leads.lists.asking import Asked
from leads.lists.narrowing import narrowing
from leads.lists.orders import read_key, stretches, write_key
from leads.lists.patience import TooSlow, fetch, patience
from leads.lists.terms import from_lists, shown_sheet
from leads.lists.walking import Walk
from leads.models import Lead, ScoreSheet

PAGE = 50
COUNTED = 10_000  # beyond it the list says "more than"
QUICK, GLANCE, PATIENCE = 15, 25, 4_000  # milliseconds: beside a view, above a list, for a page


@dataclass
class Page:
    """Some leads of the list, and the key of the next page where there is one."""

    leads: list[Lead] = field(default_factory=list)
    after: str = ""


@dataclass(frozen=True)
class Total:
    """How many there are: exactly, at least, or about."""

    number: int
    kind: str = "exact"


class Listing:
    """The leads that somebody may see and that fit what is asked, at an instant."""

    def __init__(self, user, asked: Asked, at: datetime, sheet: ScoreSheet | None = None):
        self.asked, self.at = asked, at
        self.sheet = sheet or shown_sheet()
        self.tables = from_lists(self.sheet)
        self.narrowing = narrowing(user, asked, at)
        self.where, self.params = self.narrowing.sifted, self.narrowing.params

    def page(self, after: str = "", size: int = 0) -> Page:
        """The leads after a key, going on into the next stretch where one ends."""
        size = size or PAGE
        with patience(PATIENCE):
            found = self.keys(after, size + 1)
        shown = found[:size]
        after = write_key(*shown[-1]) if len(found) > size else ""
        return Page(self.rows([pk for _run, _key, pk in shown]), after)

    def keys(self, after: str, size: int) -> list[tuple[int, Any, int]]:
        runs = stretches(self.asked.sort)
        begin = read_key(after, runs)
        walk = Walk(self.narrowing, self.sheet)
        found: list[tuple[int, Any, int]] = []
        for number, run in enumerate(runs):
            if begin and number < begin[0]:
                continue
            beyond = begin[1:] if begin and number == begin[0] else None
            found += [(number, key, pk) for pk, key in walk.find(run, beyond, size - len(found))]
            if len(found) >= size:
                break
        return found

    def rows(self, ids: list[int]) -> list[Lead]:
        """These leads as the list shows them, in this order."""
        on_sheet = FilteredRelation("scores", condition=Q(scores__sheet=self.sheet))
        leads = Lead.objects.alias(shown=on_sheet).annotate(points=F("shown__points"))
        wanted = leads.select_related("account", "source", "campaign", "tally", "custody__custodian")
        by_id = {lead.pk: lead for lead in wanted.filter(pk__in=ids)}
        return [by_id[pk] for pk in ids if pk in by_id]

    def every(self, size: int = 1000) -> Iterator[Lead]:
        """All leads of the list, a page in memory at a time."""
        after = ""
        while True:
            some = self.page(after, size)
            yield from some.leads
            if not (after := some.after):
                return

    def total(self, page: Page, exact: bool = False) -> Total:
        """How many fit: known from the only page, else counted as far as a glance goes, else about."""
        if not exact and not page.after and len(page.leads) < PAGE and not self.asked.after:
            return Total(len(page.leads))
        try:
            with patience(PATIENCE if exact else GLANCE):
                number = self.count(None if exact else COUNTED + 1)
        except TooSlow:
            return Total(self.estimate(), "about")
        return Total(number) if exact or number <= COUNTED else Total(COUNTED, "more")

    def count(self, most: int | None = None) -> int:
        bound = "" if most is None else f" LIMIT {most:d}"
        sql = f"SELECT count(*) FROM (SELECT FROM {self.tables} WHERE {self.where}{bound}) found"
        return fetch(sql, self.params)[0][0]

    def quick_count(self) -> Total | None:
        """How many, where that costs nothing."""
        try:
            with patience(QUICK):
                number = self.count(COUNTED + 1)
        except TooSlow:
            return None
        return Total(min(number, COUNTED), "more" if number > COUNTED else "exact")

    def estimate(self) -> int:
        """What the server expects to find."""
        sql = f"EXPLAIN (FORMAT JSON) SELECT FROM {self.tables} WHERE {self.where}"
        return int(fetch(sql, self.params)[0][0][0]["Plan"]["Plan Rows"])

    @property
    def ids_sql(self) -> str:
        """Selects the number of every lead of the list, with `params`."""
        return f"SELECT lead.id FROM {self.tables} WHERE {self.where}"


__all__ = ["Listing", "Page", "TooSlow", "Total", "patience"]
