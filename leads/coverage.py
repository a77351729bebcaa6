"""How far looking leads up has come, and where it failed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from leads.enriching import Adapter, due_before
from leads.models import Lead, Lookup

SHOWN = 50


@dataclass(frozen=True)
class Coverage:
    """Of everybody with an address: how many were looked up, and what came of it."""

    of: int
    learned: int
    nothing: int
    failed: int
    last: datetime | None

    @property
    def waiting(self) -> int:
        return max(self.of - self.learned - self.nothing - self.failed, 0)


def coverage(adapter: Adapter, at: datetime) -> Coverage:
    """By one adapter: those that are not due again."""
    of = Lead.objects.open().exclude(email="").count()
    last = Lookup.objects.filter(adapter=adapter.name).aggregate(last=Max("at"))["last"]
    mine = Lookup.objects.filter(adapter=adapter.name, at__gte=due_before(adapter, at))
    reached = mine.filter(lead__merged_into=None, lead__closed_at=None).exclude(lead__email="")
    counts = dict(reached.order_by().values_list("outcome").annotate(total=Count("pk")))
    return Coverage(of, counts.get("learned", 0), counts.get("nothing", 0), counts.get("failed", 0), last)


def failures() -> list[Lookup]:
    """The latest that failed."""
    failed = Lookup.objects.filter(outcome=Lookup.Outcome.FAILED).select_related("lead__account")
    return list(failed.order_by("-at", "-id")[:SHOWN])
