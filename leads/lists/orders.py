"""The orders of a list, each a run of stretches; within one, pages go on by key and never by number."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.models import Source, Stage

LARGEST = 2**63


@dataclass(frozen=True)
class Stretch:
    """A run of the list in one order: some leads, by a key and then by their number, up or down."""

    where: str = "TRUE"
    params: tuple[tuple[str, Any], ...] = ()
    key: str = ""  # SQL over the aliases of a list; empty where the number alone orders
    pk: str = "lead.id"
    down: bool = True
    read: Callable[[str], Any] = int
    alone: bool = True  # does one table know who stands in it, and in which order?

    @property
    def table(self) -> str:
        """The alias of the table that knows the order."""
        return self.pk.partition(".")[0]

    @property
    def columns(self) -> str:
        return f"{self.pk} AS pk, {self.key or 'NULL'} AS key"

    @property
    def order(self) -> str:
        way = "DESC" if self.down else "ASC"
        return ", ".join(f"{column} {way}" for column in (self.key, self.pk) if column)

    def shown(self, alias: str) -> str:
        """The same order over columns that were selected before."""
        way = "DESC" if self.down else "ASC"
        return ", ".join(f"{alias}.{name} {way}" for name in ("key", "pk") if self.key or name == "pk")

    @property
    def beyond(self) -> str:
        """What comes after the lead with these values."""
        sign = "<" if self.down else ">"
        if not self.key:
            return f"{self.pk} {sign} %(after_pk)s"
        return f"({self.key}, {self.pk}) {sign} (%(after_key)s, %(after_pk)s)"

    def turned(self) -> "Stretch":
        return replace(self, down=not self.down)


ORDERS = {
    "newest": _("Newest first"),
    "-newest": _("Oldest first"),
    "score": _("Highest score"),
    "-score": _("Lowest score"),
    "next": _("Next action, earliest"),
    "-next": _("Next action, latest"),
    "name": _("Name, A to Z"),
    "-name": _("Name, Z to A"),
    "company": _("Company, A to Z"),
    "-company": _("Company, Z to A"),
    "stage": _("Stage, first to last"),
    "-stage": _("Stage, last to first"),
    "source": _("Source, A to Z"),
    "-source": _("Source, Z to A"),
}


def stretches(order: str) -> list[Stretch]:
    """The list in its order; a lead without the key that orders it comes after those with one."""
    name = order.removeprefix("-")
    runs, rest = _RUNS.get(name, _newest)()
    if order.startswith("-"):
        runs = [run.turned() for run in reversed(runs)]
    return [*runs, *rest]


Runs = tuple[list[Stretch], list[Stretch]]


def _newest() -> Runs:
    return [Stretch()], []


def _score() -> Runs:
    scored = Stretch("score.points IS NOT NULL", key="score.points", pk="score.lead_id")
    return [scored], [Stretch("score.points IS NULL", alone=False)]


def _next() -> Runs:
    held = Stretch(
        "custody.lead_id IS NOT NULL",
        key="custody.next_action_at",
        pk="custody.lead_id",
        down=False,
        read=_instant,
    )
    return [held], [Stretch("custody.lead_id IS NULL", alone=False)]


def _name() -> Runs:
    return [Stretch("card.lead_id IS NOT NULL", key="card.name", pk="card.lead_id", down=False, read=str)], []


def _company() -> Runs:
    known = Stretch("card.company > ''", key="card.company", pk="card.lead_id", down=False, read=str)
    return [known], [Stretch("card.company = ''", pk="card.lead_id")]


def _stage() -> Runs:
    """In the order of the lifecycle; within a stage the newest first."""
    return [Stretch("lead.stage = %(stage)s", (("stage", stage.value),)) for stage in Stage], []


def _source() -> Runs:
    sources = Source.objects.order_by("name").values_list("pk", flat=True)
    runs = [Stretch("lead.source_id = %(source)s", (("source", source),)) for source in sources]
    return runs, [Stretch("lead.source_id IS NULL")]


_RUNS: dict[str, Callable[[], Runs]] = {
    "score": _score,
    "next": _next,
    "name": _name,
    "company": _company,
    "stage": _stage,
    "source": _source,
}


def write_key(number: int, key: Any, pk: int) -> str:
    shown = key.isoformat() if isinstance(key, datetime) else "" if key is None else key
    return f"{number}~{shown}~{pk}"


def read_key(after: str, runs: list[Stretch]) -> tuple[int, Any, int] | None:
    """The stretch and the values to go on from; what nobody wrote is none."""
    try:
        first, _mark, rest = after.partition("~")
        key, _mark, pk = rest.rpartition("~")
        number, run = int(first), dict(enumerate(runs))[int(first)]
        found = run.read(_storable(key)) if run.key else None
        whole = [one for one in (found, int(pk)) if isinstance(one, int)]
    except (ValueError, LookupError, OverflowError):
        return None
    return (number, found, int(pk)) if all(abs(one) < LARGEST for one in whole) else None


def _storable(text: str) -> str:
    text.encode()
    if "\0" in text:
        raise ValueError("NUL")
    return text


def _instant(words: str) -> datetime:
    return datetime.fromisoformat(words).astimezone(UTC)
