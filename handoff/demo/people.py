"""Who works at Kessel & Strand, makers of hygienic pumps, and whom they would like to sell to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from leads import facts
from leads.models import Account, Saying
from people.models import Absence, Calendar, Company, Side, Team, User
from people.models.user import ADMINISTRATORS, MARKETING, MARKETING_MANAGERS, SALES, SALES_MANAGERS

PASSWORD = "pass-the-baton"  # noqa: S105  shown on the sign-in page of a demo


@dataclass(frozen=True)
class Person:
    """Somebody of the demo company, and how the sign-in page introduces them."""

    name: str
    groups: tuple[str, ...]
    team: str
    role: str
    weekly: int | None = None

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@kessel.example"

    @property
    def side(self) -> str:
        return Side.MARKETING if self.team == "Marketing" else Side.SALES


ACCOUNTS = (
    Person("Marit Dahl", (SALES,), "Nordics", "Sales rep, Nordics", 20),
    Person("Ruth Amaro", (MARKETING,), "Marketing", "Marketer, calls and tracks"),
    Person("Jonas Weil", (SALES_MANAGERS,), "Nordics", "Sales manager, Nordics"),
    Person("Ines Okafor", (MARKETING_MANAGERS, ADMINISTRATORS), "Marketing", "Marketing manager, admin"),
    Person("Anders Nyhus", (SALES,), "Nordics", "Sales rep, Nordics", 15),
    Person("Nuno Prata", (SALES_MANAGERS,), "Iberia", "Sales manager, Iberia"),
    Person("Carla Mendes", (SALES,), "Iberia", "Sales rep, Iberia", 20),
)
MORNING = [["08:00", "11:30"], ["12:00", "16:30"]]
DAY = [["09:00", "13:30"], ["15:00", "18:30"]]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
#: team, side, calendar, zone, holidays, hours
TEAMS = (
    ("Marketing", Side.MARKETING, "Oslo office", "Europe/Oslo", "NO", MORNING),
    ("Nordics", Side.SALES, "Oslo office", "Europe/Oslo", "NO", MORNING),
    ("Iberia", Side.SALES, "Madrid office", "Europe/Madrid", "ES", DAY),
)
INDUSTRIES = ("Food and drink", "Dairy", "Breweries", "Pharma", "Cosmetics", "Chemicals")
FIRST = ("Aal", "Bryn", "Fjell", "Havn", "Lund", "Sol", "Tind", "Vik", "Rio", "Mar", "Sierra", "Costa", "Nor")
LAST = ("berg Dairy", "hus Foods", "gaard Brewing", "stad Pharma", "mar Chemicals", "dal Water",
        "ora Bebidas", "ena Conservas", "nes Seafood", "elo Cosmetics")  # fmt: skip
NORTH, SOUTH = ("NO", "SE", "DK", "FI"), ("ES", "PT")


def hire(at: datetime) -> dict[str, User]:
    """The company, its three teams and its seven people, by first name."""
    Company.objects.update_or_create(
        pk=1, defaults={"name": "Kessel & Strand", "postal_address": "Strandgata 4, 4005 Stavanger, Norway"}
    )
    teams = {name: _team(name, side, *rest) for name, side, *rest in TEAMS}
    people = {person.name.split()[0]: _hired(person, teams[person.team]) for person in ACCOUNTS}
    for team, manager in (("Marketing", "Ines"), ("Nordics", "Jonas"), ("Iberia", "Nuno")):
        Team.objects.filter(pk=teams[team].pk).update(manager=people[manager])
    away = at.date() + timedelta(days=90)
    Absence.objects.create(
        user=people["Anders"], first_day=away, last_day=away + timedelta(days=11), reason="Parental leave"
    )
    return {
        name: User.objects.select_related("team__calendar").get(pk=user.pk) for name, user in people.items()
    }


def _team(name, side, calendar, zone, country, spans) -> Team:
    hours, _made = Calendar.objects.get_or_create(
        name=calendar,
        defaults={"time_zone": zone, "country": country, "week": dict.fromkeys(WEEKDAYS, spans)},
    )
    return Team.objects.create(name=name, side=side, calendar=hours)


def _hired(person: Person, team: Team) -> User:
    user = User.objects.create_user(
        person.email,
        PASSWORD,
        name=person.name,
        team=team,
        weekly_capacity=person.weekly,
        is_staff=ADMINISTRATORS in person.groups,
    )
    user.groups.set(Group.objects.filter(name__in=person.groups))
    return user


def name_targets(people: dict[str, User], chance, at: datetime) -> list[Account]:
    """Forty companies that sales has named, each with an owner."""
    reps = {"north": [people["Marit"], people["Anders"]], "south": [people["Carla"]]}
    made = []
    for number in range(40):
        side = "south" if number % 3 == 2 else "north"
        name = f"{FIRST[number % len(FIRST)]}{LAST[(number * 7) % len(LAST)]}"
        domain = f"{name.lower().replace(' ', '-')}-{number}.example"
        account = Account.objects.create(name=name, domain=domain, at=at)
        owner = reps[side][number % len(reps[side])]
        account.stand(is_target=True, owner=owner, by=people["Jonas"], at=at)
        made.append(account)
    told = [
        facts.Answer(account_id=account.pk, key=key, value=value, saying=Saying.ENRICHED, at=at)
        for account in made
        for key, value in (
            ("industry", chance.choice(INDUSTRIES)),
            ("employees", chance.choice((40, 120, 350, 640, 900, 2400))),
        )
    ]
    facts.learn(told, known_at=at)
    return made
