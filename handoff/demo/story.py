"""What happened at Kessel & Strand, day by day: people arrive, read, click, call; sales answers.

Each working day has one moment, at which the engine does what its timetable does: enroll, deliver, judge,
escalate. People behave by how warm they really are, which nothing in the data says: a calibration has
something true to find.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

from handoff import considering, contacting, escalation
from handoff.demo import calling, selling
from handoff.demo.cast import WORDS, Cast, event
from handoff.demo.people import FIRST, INDUSTRIES, LAST, NORTH, SOUTH
from handoff.models import Handoff
from leads import activities, facts, intake, scoring
from leads.arrivals import Arrival
from leads.models import (
    Asset,
    Grade,
    Kind,
    Lead,
    Saying,
    ScoreSheet,
    Source,
)  # fmt: skip
from leads.senders import Sender
from leads.signals import consultation_requested
from nurture.clicks import record_click
from nurture.dispatch import dispatch
from nurture.enrolling import enroll_waiting
from nurture.models import Touch
from people.post import Nowhere

HOURS = (8, 11, 13)  # of a working day's one moment, UTC, in turn
GIVEN = ("Freya", "Henrik", "Anneke", "Priya", "Daniel", "Lucía", "Tomás", "Karin", "Olav", "Ingrid", "Pablo",
         "Marta", "João", "Inés", "Sven", "Astrid", "Mikko", "Aino", "Elena", "Rui")  # fmt: skip
FAMILY = ("Holm", "Sandvik", "de Wit", "Raman", "Osei", "Prado", "Ribeiro", "Holt", "Berg", "Lind", "Navarro",
          "Costa", "Nyström", "Virtanen", "Lopes", "Hagen", "Moen", "Solberg", "Duarte", "Vega")  # fmt: skip
TITLES = ("Vice President Operations", "Director of Engineering", "Plant manager", "Process engineer",
          "Buyer", "Maintenance lead", "Student", "Head of purchasing")  # fmt: skip
FUNCTIONS = ("Operations", "Engineering", "Purchasing", "Finance", "General management")
PAGES = ("/pumps/hygienic", "/pumps/return", "/seals", "/pricing", "/about", "/cases/aas-meieri")
WARMTH = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3)  # how interested somebody really is


def days(cast: Cast, start: datetime, until: datetime, leads: int) -> Iterator[int]:
    """Live through every moment between two instants; yields the share of the time that is over, in %."""
    instants = list(_instants(start, until))
    arriving = [leads * (n + 1) // len(instants) - leads * n // len(instants) for n in range(len(instants))]
    for number, (at, many) in enumerate(zip(instants, arriving, strict=True)):
        live(cast, at, many)
        yield round(100 * (number + 1) / len(instants))


def _instants(start: datetime, until: datetime) -> Iterator[datetime]:
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        at = day.replace(hour=HOURS[day.toordinal() % len(HOURS)])
        if day.weekday() < 5 and start <= at < until:
            yield at
        day += timedelta(days=1)


def live(cast: Cast, at: datetime, many: int) -> None:
    """One moment: what people do, then what the timetable does, then what sales does."""
    arrive(cast, many, at)
    wander(cast, at)
    enroll_waiting(at)
    dispatch(at, limit=2000, lines=Nowhere())
    scan(at)
    react(cast, at)
    considering.consider_due(at)
    calling.call(cast, at)
    selling.answer(cast, at)
    selling.deal(cast, at)
    escalation.escalate(at)


def arrive(cast: Cast, many: int, at: datetime) -> None:
    chance = cast.chance
    sources = [source.name for source in Source.objects.all()]
    warmth = [chance.choice(WARMTH) for _ in range(many)]
    admission = intake.admit([_arrival(cast, warm, sources) for warm in warmth], at=at)
    came = {lead: warm for lead, warm in zip(admission.lead_ids, warmth, strict=True) if lead}
    cast.warmth |= came
    cast.threads |= activities.identity_of(list(came))
    form = [event(cast, lead, Kind.FORM, at, "The CIP checklist", Grade.HUMAN) for lead in came]
    activities.record(form, known_at=at)


def _arrival(cast: Cast, warm: int, sources: list[str]) -> Arrival:
    chance = cast.chance
    cast.count += 1
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    target = chance.choice(cast.targets) if chance.random() < 0.12 else None
    company = f"{chance.choice(FIRST)}{chance.choice(LAST)}"
    domain = target.domain if target else f"{company.lower().replace(' ', '-')}-{cast.count % 400}.example"
    south = target.owner.name.startswith("Carla") if target and target.owner else chance.random() < 0.33
    title = chance.choice(TITLES[:5] if warm > 1 else TITLES)
    name = f"{given}.{family}".lower().replace(" ", "")
    source = chance.choice(sources[:4] if warm > 1 else sources)
    return Arrival(
        email=f"{_plain(name)}.{cast.count}@{domain}",
        phone=f"+47 40{chance.randrange(100000, 999999)}" if chance.random() < 0.7 else "",
        first_name=given,
        last_name=family,
        company=target.name if target else company,
        domain=domain,
        country=chance.choice(SOUTH if south else NORTH),
        source=source,
        campaign=f"{source}, autumn",
        consent="Form “The CIP checklist”",
        facts={
            "title": title,
            "job_function": chance.choice(FUNCTIONS[:2] if warm > 1 else FUNCTIONS),
            "industry": chance.choice(INDUSTRIES),
            "employees": chance.choice((12, 60, 180, 320, 640, 1500)),
        },
    )


def _plain(name: str) -> str:
    return name.translate(str.maketrans("áéíóúãñöø", "aeiouanoo"))


def wander(cast: Cast, at: datetime) -> None:
    """People look around by themselves: pages, downloads; a few ask to talk to sales."""
    chance = cast.chance
    assets = list(Asset.objects.values_list("pk", "name"))
    looking = [lead for lead, warm in cast.warmth.items() if chance.random() < 0.004 * warm]
    events = []
    for lead in looking:
        events.append(event(cast, lead, Kind.VISIT, at, chance.choice(PAGES)))
        if chance.random() < 0.25:
            asset, name = chance.choice(assets)
            events.append(event(cast, lead, Kind.DOWNLOAD, at, name, Grade.HUMAN, asset=asset))
    activities.record(events, known_at=at)
    asking = [lead for lead in looking if cast.warmth[lead] == 3 and chance.random() < 0.10]
    for lead in Lead.objects.open().filter(pk__in=asking, custody__side="marketing"):
        ask(cast, lead, at)


def ask(cast: Cast, lead: Lead, at: datetime) -> None:
    words = cast.chance.choice(WORDS)
    activities.record(
        [event(cast, lead.pk, Kind.TALK_TO_SALES, at, "Ask us about your loop", Grade.HUMAN)], known_at=at
    )
    said = facts.Answer(lead_id=lead.pk, key="comment", value=words, saying=Saying.SELF_REPORTED, at=at)
    facts.learn([said], known_at=at)
    consultation_requested.send(sender=None, lead=lead, preferred_times="Mornings", words=words, at=at)


def scan(at: datetime) -> None:
    """The mail gateway of a company or two looks at every link before anybody reads."""
    sent = Touch.objects.filter(state="sent", channel="email", sent_at=at).exclude(links=[])
    for touch in sent.filter(lead__email__regex=r"[37]7@").select_related("lead")[:2]:
        for number, looked in product(range(len(touch.links)), (True, False)):
            seconds = timedelta(seconds=40 + number + looked)
            record_click(touch, number, Sender("40.107.22.9", "Mozilla/5.0", looked), at=at + seconds)


def react(cast: Cast, at: datetime) -> None:
    """Some of what was just sent is clicked, and a little of it answered."""
    chance = cast.chance
    sent = Touch.objects.filter(state="sent", channel="email", sent_at=at).values_list("lead", "public_id")
    events = []
    for lead, touch in sent:
        warm = cast.warmth.get(lead, 0)
        if chance.random() < 0.06 + 0.14 * warm:
            events.append(event(cast, lead, Kind.CLICK, at, f"touch.{touch}"))
        if chance.random() < 0.03 * warm:
            events.append(event(cast, lead, Kind.REPLY, at, f"touch.{touch}", Grade.HUMAN))
    activities.record(events, known_at=at)


def refresh(at: datetime) -> None:
    """The stored scores as of the end of the story."""
    for sheet in ScoreSheet.objects.all():
        scoring.rescore(sheet, at)


def leave_something(cast: Cast, at: datetime) -> None:
    """The last hour before the curtain: handoffs that wait for an answer, fresh and old."""
    warm = [lead for lead, degree in cast.warmth.items() if degree == 3]
    ready = Lead.objects.open().filter(pk__in=warm, custody__side="marketing").exclude(handoffs__state="open")
    calling.heard(cast, list(ready.exclude(account=None).order_by("pk")[:6]), at - timedelta(hours=2))
    for number, lead in enumerate(ready.order_by("pk")[:9]):
        ask(cast, lead, at - timedelta(minutes=7 * number))
    talked = Handoff.objects.filter(state="accepted", lead__custody__next_action="pursue").select_related(
        "rep"
    )
    for handoff in talked.order_by("pk")[4:]:
        if handoff.rep:
            said = cast.chance.choice(WORDS)
            contacting.log_call(
                handoff, kind=Kind.CALL, note=said, by=handoff.rep, at=at - timedelta(hours=1)
            )
