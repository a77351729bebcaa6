"""Who is there to take a lead, how much they carry, and in which hours they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from handoff import agreements
from handoff.models import Offer
from handoff.routing import ADMINISTRATOR, MANAGER, SALES_MANAGER, RepState
from handoff.terms import Terms
from people import clock
from people.models import Team, User
from people.models.user import ADMINISTRATORS, SALES, SALES_MANAGERS

SELLING = (SALES, SALES_MANAGERS, ADMINISTRATORS)
COUNTS = ("", Offer.Outcome.ACCEPTED, Offer.Outcome.REJECTED)


@dataclass
class Staff:
    """Everybody who can be handed a lead, read once for as many leads as there are."""

    team: Team
    users: Mapping[int, User]
    states: dict[int, RepState]

    def take(self, person: int) -> User:
        """One more for this person, so that the next lead goes by what they carry now."""
        self.states[person] = self.states[person].with_one_more()
        return self.users[person]


def staff_of(team: Team, terms: Terms, at: datetime) -> Staff:
    """The people around a sales team at an instant, in a constant number of queries."""
    users = {user.pk: user for user in _people()}
    loads = _loads(_week_begins(terms.hours.time_zone, at))
    states = {pk: _state(user, team, terms, loads.get(pk, (0, 0)), at) for pk, user in users.items()}
    return Staff(team, users, states)


def _people():
    selling = User.objects.filter(Q(groups__name__in=SELLING) | Q(is_superuser=True)).distinct()
    return selling.select_related("calendar", "team__calendar").prefetch_related("groups", "absences")


def _loads(week_begins: datetime) -> dict[int, tuple[int, int]]:
    """Open offers, and those of this week, for each person who has any."""
    counted = (
        Offer.objects.filter(Q(outcome="") | Q(outcome__in=COUNTS, at__gte=week_begins))
        .order_by()
        .values("user")
        .annotate(open=Count("pk", filter=Q(outcome="")), week=Count("pk", filter=Q(at__gte=week_begins)))
    )
    return {row["user"]: (row["open"], row["week"]) for row in counted}


def _state(user: User, team: Team, terms: Terms, load: tuple[int, int], at: datetime) -> RepState:
    return RepState(
        id=user.pk,
        name=str(user),
        present=is_present(user, at),
        active=user.is_active,
        in_team=user.team_id == team.pk,
        open=load[0],
        week=load[1],
        capacity=user.weekly_capacity,
        weight=terms.ladder.weight_of(user.pk),
        role=_role(user, team),
    )


def _role(user: User, team: Team) -> str:
    names = {group.name for group in user.groups.all()}
    if user.pk == team.manager_id:
        return MANAGER
    if SALES_MANAGERS in names:
        return SALES_MANAGER
    return ADMINISTRATOR if user.is_superuser or ADMINISTRATORS in names else ""


def absences_of(user: User) -> list[tuple[date, date]]:
    return [(absence.first_day, absence.last_day) for absence in user.absences.all()]


def is_present(user: User, at: datetime) -> bool:
    """Not away on the day it is where they are."""
    today = at.astimezone(ZoneInfo(user.time_zone)).date()
    return not any(first <= today <= last for first, last in absences_of(user))


def hours_of(user: User, terms: Terms) -> clock.WorkingHours:
    """The signed week; for somebody with a calendar of their own, on their clock and with their holidays."""
    own = user.calendar
    if own is None:
        return terms.hours
    return terms.hours.in_zone(ZoneInfo(own.time_zone), own.country, own.subdivision)


def due_for(user: User, terms: Terms, minutes: int, at: datetime) -> datetime:
    """By when this person has answered: working time, less the days they are away.

    Whoever gets it although they are away has no days off here, or nobody would notice the silence.
    """
    absences = absences_of(user) if is_present(user, at) else []
    return clock.add_working(at, minutes, hours_of(user, terms), absences)


def clock_of(offer: Offer, at: datetime) -> clock.Clock:
    """The promise's clock: the signed hours, read where the rep is, less the days they are away.

    Ask for `handoff__agreement`, the user's calendars and `user__absences` with the offers.
    """
    hours = hours_of(offer.user, agreements.terms_for(offer.handoff))
    return clock.Clock.of(offer.at, offer.due_at, at, hours, absences_of(offer.user))


def _week_begins(zone: ZoneInfo, at: datetime) -> datetime:
    today = at.astimezone(zone).date()
    return clock.local_instant(today - timedelta(days=today.weekday()), time(), zone)
