"""What a fresh installation still needs; every app adds its own lines, and the list ends.

@duty(order=60)
def published():
    return Duty(_("Publish the first track"), reverse("tracks"), Track.objects.filter(…).exists())
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from people.access import MANAGERS
from people.models import Calendar, Company, Side, Team, User
from people.models.user import ADMINISTRATORS, MARKETING, MARKETING_MANAGERS, SALES, SALES_MANAGERS
from people.panels import Panel, panel


@dataclass(frozen=True)
class Duty:
    """One thing to do before leads can flow: where it is done, and whether it is."""

    label: str
    url: str
    is_done: bool


_duties: list[tuple[int, Callable[[], Duty]]] = []


def duty(*, order: int) -> Callable:
    """Register a line of the list; lines show in the order of their numbers."""

    def register(function: Callable[[], Duty]) -> Callable[[], Duty]:
        _duties.append((order, function))
        return function

    return register


def duties() -> list[Duty]:
    return [function() for _order, function in sorted(_duties, key=lambda entry: entry[0])]


@panel("home", order=0)
def checklist(request, user, at) -> Panel | None:
    """For those who can do it, until all of it is done."""
    if not user.is_in(*MANAGERS):
        return None
    lines = [line if _may_open(user, line) else replace(line, url="") for line in duties()]
    if all(line.is_done for line in lines):
        return None
    return Panel("people/_checklist.html", {"duties": lines, "done": sum(line.is_done for line in lines)})


def _may_open(user, line: Duty) -> bool:
    return user.is_in(ADMINISTRATORS) or not line.url.startswith(reverse("admin:index"))


@duty(order=10)
def named() -> Duty:
    url = reverse("admin:people_company_changelist")
    company = Company.current()
    return Duty(
        _("Name the company and its postal address"), url, bool(company.name and company.postal_address)
    )


@duty(order=20)
def open_hours() -> Duty:
    url = reverse("admin:people_calendar_changelist")
    return Duty(_("Set the working hours and holidays"), url, Calendar.objects.exclude(country="").exists())


@duty(order=30)
def two_teams() -> Duty:
    sides = Team.objects.values_list("side", flat=True).distinct()
    return Duty(
        _("Make a marketing team and a sales team"),
        reverse("admin:people_team_changelist"),
        set(sides) == set(Side.values),
    )


@duty(order=40)
def people_on_both_sides() -> Duty:
    url = reverse("admin:people_user_changelist")
    marketers = User.objects.in_groups(MARKETING, MARKETING_MANAGERS)
    reps = User.objects.in_groups(SALES, SALES_MANAGERS)
    both = (
        marketers.filter(team__side=Side.MARKETING).exists() and reps.filter(team__side=Side.SALES).exists()
    )
    return Duty(_("Invite a marketer and a sales rep"), url, both)
