"""A crowd: what many leads did, at random, arriving in any order; one statement reads them all."""

import random
from datetime import timedelta

from leads import activities, gradings, merging
from leads.activities import Event
from leads.models import Activity, Burst, Grade, Identity, Rule, Signal
from tests import make
from tests import make_scores as made
from tests.stories import GRADES, KINDS, MONDAY, TOLD

SIZE = 100
SILENT = {"field": "last_seen", "op": "older_than", "value": 30}
NORWAY = {"field": "country", "op": "is", "value": "NO"}
COUNTRIES = ("", "NO", "SE")


def leads(size=SIZE):
    """Leads of whom nothing has happened yet, each with a second thread."""
    made_ones = [
        make.lead(at=MONDAY - timedelta(days=60), country=COUNTRIES[number % 3]) for number in range(size)
    ]
    for lead in made_ones:
        made.identity(lead)
    return made_ones


def sheet(chance: random.Random):
    """Rules about a few random signals, about silence and a country, with caps of every kind."""
    signals = [made.signal(at=MONDAY - timedelta(days=30), **_signal(chance)) for _ in range(4)]
    rules = [
        made.rule(about, chance.choice([-50, -7, 1, 5, 10, 100]), chance.choice([None, 3, 25]))
        for about in [*signals, chance.choice(signals), SILENT, NORWAY]
    ]
    for number in range(chance.randrange(3)):
        held = [rule for rule in rules if rule.group is None and chance.random() < 0.5]
        made.group(*held, cap=chance.choice([1, 20, 200]), name=f"Group {number}")
    likely = {"likely_cap": chance.choice([None, 0, 15, 120]), "likely_each": chance.choice([None, 1, 8])}
    return made.sheet(*rules, **likely)


def _signal(chance):
    return {
        "kind": chance.choice(KINDS),
        "unit": chance.choice(list(Signal.Unit)),
        "half_life_days": chance.choice([7, 60, 1, None]),
        "least_grade": chance.choice([Grade.LIKELY, Grade.HUMAN]),
        "about_starts": chance.choice(["", "", "/a"]),
        "asset_kind": chance.choice(["", "", "", "cad"]),
        "window_days": chance.choice([None, None, 1, 7, 60]),
    }


def happen(chance: random.Random, of):
    """Some of what each lead did, in random order and with repetitions; visitors turn out to be leads."""
    threads = list(Identity.objects.filter(lead__in=of))
    visitors = [made.identity(None) for _ in range(len(of) // 5)]
    assets = [made.asset(kind="cad"), made.asset(kind="report")]
    events = [
        _event(chance, number, chance.choice(threads + visitors), assets) for number in range(9 * len(of))
    ]
    events += chance.sample(events, len(events) // 10)
    chance.shuffle(events)
    return events, visitors


def _event(chance, number, thread, assets):
    quarters = chance.randint(-4, 4) if chance.random() < 0.5 else chance.randint(-160, 160)
    asset = chance.choice([None, *assets])
    return Event(
        thread.pk, chance.choice(KINDS), MONDAY + timedelta(hours=6 * quarters), f"happening {number}",
        about=chance.choice(["", "/a", "/ab", "/b"]), grade=chance.choice(GRADES),
        asset_id=asset and asset.pk,
    )  # fmt: skip


def tell(chance: random.Random, of):
    """All of it becomes known at TOLD, batch by batch, while visitors join, leads merge and grades change."""
    events, visitors = happen(chance, of)
    somebody = make.marketer()
    while events:
        size = chance.randint(1, 200)
        activities.record(events[:size], known_at=TOLD)
        events = events[size:]
        if visitors and chance.random() < 0.7:
            activities.join(visitors.pop(), chance.choice(of), at=TOLD)
    one, two, three, four = chance.sample(of, 4)
    merging.merge(one, two, by=somebody, at=TOLD)
    merging.unmerge(merging.merge(three, four, by=somebody, at=TOLD), by=somebody, at=TOLD)
    _regrade(chance, somebody, TOLD)


def live(chance: random.Random, of):
    """Each day's events become known by its end, and some of their grades change later."""
    events, _visitors = happen(chance, of)
    somebody, days = make.marketer(), {}
    for event in events:
        days.setdefault(event.at.date(), []).append(event)
    for _day, happened in sorted(days.items()):
        activities.record(happened, known_at=max(event.at for event in happened))
        if chance.random() < 0.1:
            _regrade(chance, somebody, max(event.at for event in happened))


def _regrade(chance, somebody, at):
    """Later words on a few activities."""
    keys = list(Activity.objects.order_by("dedupe_key").values_list("id", "at"))
    for grade in Grade:
        burst = Burst.objects.create(rule=Rule.HAND, by=somebody, at=at)
        some = chance.sample(keys, min(len(keys), 12))
        gradings.release(some, burst, to=grade, by=somebody, why="I know", at=at)
