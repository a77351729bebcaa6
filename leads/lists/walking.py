"""The keys of a page: along an order as long as that promises to fill it, else among all who fit.

The server itself would have to guess which of the two is quicker, and how many fit is what it guesses worst.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own; all values are parameters

from typing import Any

from leads.lists.narrowing import Narrowing
from leads.lists.orders import Stretch
from leads.lists.patience import fetch
from leads.lists.terms import from_lists
from leads.models import ScoreSheet

#: How many leads are passed for each that is wanted: to see whether it is worth while, and at most. Of a
#: million leads, one in 200 are 5,000; to gather as many costs what it costs to look at 10,000. Who is not
#: one's own is passed without a look.
GLIMPSE, FAR, FAR_FOR_OWN = 20, 200, 1_000

Keys = list[tuple[int, Any]]
Beyond = tuple[Any, int] | None


class Walk:
    """One look through a list, from stretch to stretch."""

    def __init__(self, narrowing: Narrowing, sheet: ScoreSheet | None):
        self.narrowing = narrowing
        self.tables = from_lists(sheet)
        self.sheet = (sheet and sheet.pk) or 0
        self.few = False

    def find(self, run: Stretch, beyond: Beyond, size: int) -> Keys:
        """The first leads of a stretch, after a key."""
        where, params = self.narrowing.where, self.narrowing.params | dict(run.params)
        bound = run.where
        if beyond:
            bound = f"{bound} AND {run.beyond}"
            params |= {"after_key": beyond[0], "after_pk": beyond[1]}
        if not self.narrowing.narrows:
            sql = f"SELECT {run.columns} FROM {self.tables} WHERE {where} AND {bound} ORDER BY {run.order}"
            return fetch(f"{sql} LIMIT {size:d}", params)
        most = FAR_FOR_OWN if self.narrowing.seen else FAR
        for far in () if self.few else (GLIMPSE, most):
            found = fetch(self._along(run, bound, size, far * size), params)
            if len(found) == size or not self._goes_on(run, bound, params, far * size):
                return found
            if len(found) * most < size * GLIMPSE:
                break
        self.few = True
        return fetch(self._among(run, bound, size), params)

    def _along(self, run: Stretch, bound: str, size: int, far: int) -> str:
        """Those who fit among the next so many of the order, looked at one by one."""
        fits = f"{self.narrowing.of_tables(TABLES)} AND {self.narrowing.fits}"
        return f"""
            SELECT walk.pk, walk.key
            FROM (SELECT {run.columns} FROM {self._source(run)}
                  WHERE {bound} ORDER BY {run.order} LIMIT {far:d}) walk
            CROSS JOIN LATERAL (
                SELECT FROM {self.tables} WHERE lead.id = walk.pk AND {fits} OFFSET 0) one
            WHERE {self.narrowing.may_see("walk.pk")}
            ORDER BY {run.shown("walk")} LIMIT {size:d}"""

    def _goes_on(self, run: Stretch, bound: str, params: dict[str, Any], far: int) -> bool:
        """Is there more of the stretch than was passed?"""
        sql = f"SELECT FROM {self._source(run)} WHERE {bound} OFFSET {far:d} LIMIT 1"
        return bool(fetch(sql, params))

    def _source(self, run: Stretch) -> str:
        """The table that knows the order, as far as it can narrow itself."""
        if not run.alone:
            return self.tables
        own = self.narrowing.of_tables((run.table,))
        sheet = f" AND sheet_id = {self.sheet:d}" if run.table == "score" else ""
        return f"(SELECT * FROM {TABLES[run.table]} {run.table} WHERE {own}{sheet}) {run.table}"

    def _among(self, run: Stretch, bound: str, size: int) -> str:
        """The first of all who fit; the server finds them before it thinks of their order."""
        return f"""
            SELECT found.pk, found.key
            FROM (SELECT {run.columns} FROM {self.tables}
                  WHERE {self.narrowing.sifted} AND {bound} OFFSET 0) found
            ORDER BY {run.shown("found")} LIMIT {size:d}"""


TABLES = {
    "lead": "leads_lead", "score": "leads_score", "custody": "leads_custody", "card": "leads_indexcard",
}  # fmt: skip
