"""The numbers of the SLA page: one function and one query for each, and the offers behind every number.

A promise is an offer. It was kept if a yes or a no came by its deadline, broken if the deadline passed
first; it counts in the week of its deadline. Offers that were taken back, or passed on before they were
due, promise nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncWeek

from handoff.manning import clock_of
from handoff.models import Offer
from people.clock import Clock, local_instant
from people.models import Team

WEEK = timedelta(days=7)
ANSWERED = Q(outcome__in=[Offer.Outcome.ACCEPTED, Offer.Outcome.REJECTED])
KEPT = ANSWERED & Q(ended_at__lte=F("due_at"))


def promised(at: datetime) -> Q:
    """Offers whose deadline has come by then, or that were answered before it."""
    due = Q(due_at__lte=at) & (Q(outcome="") | Q(ended_at__gt=F("due_at")))
    return (KEPT | due) & ~Q(outcome=Offer.Outcome.WITHDRAWN)


def broken(at: datetime) -> Q:
    """Offers whose deadline passed without an answer, whatever came later."""
    return promised(at) & ~KEPT


@dataclass(frozen=True)
class Promises:
    """How one rep kept their promises in one week, and the filters that find the leads behind it."""

    rep: int
    name: str
    week: date  # its Monday
    promised: int
    kept: int

    @property
    def broken(self) -> int:
        return self.promised - self.kept

    @property
    def share(self) -> int:
        """Per cent kept."""
        return round(100 * self.kept / self.promised)

    def where(self, which: str) -> dict[str, str]:
        """For `behind`: which is promised, kept or broken."""
        return {"which": which, "rep": str(self.rep), "week": self.week.isoformat()}


def kept_by_rep_and_week(
    *, since: datetime, at: datetime, zone: ZoneInfo, team: Team | None = None
) -> list[Promises]:
    """Answered within promise, by rep and by the week of the deadline in this zone."""
    offers = Offer.objects.filter(promised(at), due_at__gte=since).order_by()
    if team:
        offers = offers.filter(user__team=team)
    rows = (
        offers.annotate(week=TruncWeek("due_at", tzinfo=zone))
        .values("user", "user__name", "week")
        .annotate(promised=Count("pk"), kept=Count("pk", filter=KEPT))
        .order_by("user__name", "user", "week")
    )
    return [
        Promises(row["user"], row["user__name"], row["week"].date(), row["promised"], row["kept"])
        for row in rows
    ]


@dataclass(frozen=True)
class OpenClock:
    """An open handoff with its clock, in the hours of whoever it lies before."""

    offer: Offer
    clock: Clock


def open_clocks(at: datetime, *, team: Team | None = None, limit: int = 200) -> list[OpenClock]:
    """What is open now, the oldest promise first."""
    offers = Offer.objects.open().select_related(
        "user__calendar", "user__team__calendar", "handoff__lead__account", "handoff__agreement"
    )
    if team:
        offers = offers.filter(user__team=team)
    found = offers.prefetch_related("user__absences").order_by("due_at", "pk")[:limit]
    return [OpenClock(offer, clock_of(offer, at)) for offer in found]


def by_urgency(clocks: list[OpenClock]) -> dict[str, int]:
    """How many are late, soon due, open and paused."""
    counted = Counter(one.clock.urgency for one in clocks)
    return {urgency: counted[urgency] for urgency in ("late", "soon", "open", "paused")}


def breaches(*, since: datetime, at: datetime, team: Team | None = None, limit: int = 200) -> list[Offer]:
    """Broken promises, the latest first, with what was told upward."""
    found = Offer.objects.filter(broken(at), due_at__gte=since)
    if team:
        found = found.filter(user__team=team)
    found = found.select_related("user", "handoff__lead__account").prefetch_related("escalations__told")
    return list(found.order_by("-due_at", "-pk")[:limit])


def behind(where: Mapping[str, str], *, at: datetime, zone: ZoneInfo) -> QuerySet[Offer]:
    """The offers behind a number: as many as the number says."""
    offers = Offer.objects.filter(_WHICH.get(where.get("which", ""), promised)(at))
    if where.get("rep", "").isdecimal():
        offers = offers.filter(user=int(where["rep"]))
    if week := where.get("week"):
        monday = date.fromisoformat(week)
        first, last = (local_instant(day, time(), zone) for day in (monday, monday + WEEK))
        offers = offers.filter(due_at__gte=first, due_at__lt=last)
    return offers.select_related("user", "handoff__lead__account").order_by("-due_at", "-pk")


_WHICH = {
    "promised": promised,
    "kept": lambda at: promised(at) & KEPT,
    "broken": broken,
    "open": lambda at: Q(outcome=""),
}
