"""What leads do is written once, and the tallies move with it."""

from datetime import timedelta

import pytest
from django.db import connection

from leads import activities
from leads.activities import Event
from leads.models import Activity, Counted, Grade, Kind, Signal, Tally
from leads.signals import lead_changed
from tests import make
from tests import make_scores as made

MONDAY = make.MONDAY_9AM
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db
count = iter(range(10**9))


def signal(kind=Kind.VISIT, **details):
    return made.signal(kind=kind, at=MONDAY - timedelta(days=30), **details)


def event(identity, kind=Kind.VISIT, at=MONDAY, key=None, **details):
    return Event(identity.pk, kind, at, key or f"event {next(count)}", **details)


def sums(lead):
    return Tally.objects.get(lead=lead).sums


def test_an_event_that_arrives_twice_is_one_activity():
    signal()
    lead = make.lead()
    visit = event(made.identity(lead), key="visit 1")

    written = [activities.record(again, known_at=MONDAY) for again in ([visit], [visit], [visit, visit])]

    assert written == [1, 0, 0]
    assert Activity.objects.count() == 1
    assert sums(lead) == [1]


def test_the_same_event_twice_in_one_batch_is_one_activity():
    signal()
    lead = make.lead()
    visit = event(made.identity(lead), key="visit 1")

    assert activities.record([visit, visit], known_at=MONDAY) == 1
    assert sums(lead) == [1]


def test_an_event_from_a_clock_that_runs_ahead_happened_when_we_learnt_of_it_and_once():
    signal()
    lead = make.lead()
    ahead = event(made.identity(lead), at=MONDAY + timedelta(hours=3), key="visit 1")

    activities.record([ahead], known_at=MONDAY)
    activities.record([ahead], known_at=MONDAY + timedelta(hours=1))

    assert list(Activity.objects.values_list("at", flat=True)) == [MONDAY]
    assert sums(lead) == [1]


def test_a_stray_date_makes_one_partition_and_not_one_for_every_month_since():
    lead = make.lead()
    thread = made.identity(lead)

    def tables():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'leads_activity'::regclass")
            return cursor.fetchone()[0]

    activities.record([event(thread)], known_at=MONDAY)
    before = tables()

    activities.record([event(thread), event(thread, at=MONDAY.replace(year=1970))], known_at=MONDAY)

    assert tables() == before + 1


@pytest.mark.parametrize(
    ("unit", "counted"),
    [(Signal.Unit.EACH, 5), (Signal.Unit.ONCE, 1), (Signal.Unit.PER_OBJECT, 2), (Signal.Unit.PER_DAY, 3)],
)
def test_a_signal_counts_in_its_unit(unit, counted):
    signal(unit=unit)
    lead = make.lead()
    thread = made.identity(lead)
    visits = [("/a", 0), ("/a", 1), ("/b", 1), ("/a", 26), ("/b", 50)]

    for about, hours in visits:
        activities.record(
            [event(thread, about=about, at=MONDAY + timedelta(hours=hours))],
            known_at=MONDAY + timedelta(days=9),
        )

    assert sums(lead) == [counted]


def test_a_day_is_a_day_in_utc():
    signal(unit=Signal.Unit.PER_DAY)
    lead = make.lead()
    thread = made.identity(lead)
    midnight = MONDAY.replace(hour=0)

    for minutes in (-1, 0, 23 * 60 + 59):
        activities.record([event(thread, at=midnight + timedelta(minutes=minutes))], known_at=MONDAY + DAY)

    assert sums(lead) == [2]
    assert set(Counted.objects.values_list("unit", flat=True)) == {"2026-11-15", "2026-11-16"}


@pytest.mark.parametrize("unit", [Signal.Unit.ONCE, Signal.Unit.PER_OBJECT, Signal.Unit.PER_DAY])
def test_the_earliest_of_a_unit_counts_whenever_it_arrives(unit):
    one_day = signal(unit=unit, half_life_days=1)
    lead = make.lead()
    thread = made.identity(lead)

    weights = []
    for hour in (6, 9, 3, 3, 4):
        at = MONDAY.replace(hour=hour)
        activities.record([event(thread, about="/a", at=at)], known_at=MONDAY)
        reading = made.reading(one_day, Tally.objects.get(lead=lead), MONDAY.replace(hour=3))
        weights.append(round(reading, 9))

    assert weights == [round(2**0.125, 9)] * 2 + [1] * 3
    assert list(Counted.objects.values_list("at", flat=True)) == [MONDAY.replace(hour=3)]


def test_downloads_count_once_for_each_asset_when_nothing_else_says_what_they_are_about():
    signal(Kind.DOWNLOAD, unit=Signal.Unit.PER_OBJECT)
    lead, one, two = make.lead(), made.asset(), made.asset()
    thread = made.identity(lead)
    downloads = [event(thread, Kind.DOWNLOAD, asset_id=asset.pk) for asset in (one, two, one)]

    activities.record(downloads, known_at=MONDAY)

    assert sums(lead) == [2]


def test_only_the_kinds_of_asset_and_the_pages_that_a_signal_names_count():
    signal(Kind.DOWNLOAD, asset_kind="whitepaper")
    signal(Kind.VISIT, about_starts="/pricing")
    lead, paper, drawing = make.lead(), made.asset(kind="whitepaper"), made.asset(kind="cad")
    thread = made.identity(lead)

    activities.record(
        [
            event(thread, Kind.DOWNLOAD, asset_id=paper.pk),
            event(thread, Kind.DOWNLOAD, asset_id=drawing.pk),
            event(thread, Kind.DOWNLOAD),
            event(thread, about="/pricing/eu"),
            event(thread, about="/about/pricing"),
        ],
        known_at=MONDAY,
    )

    assert sums(lead) == [1, 1]


def test_a_machine_earns_nothing_and_gives_no_sign_of_life():
    signal(Kind.CLICK)
    signal(Kind.CLICK, least_grade=Grade.HUMAN)
    lead = make.lead()
    thread = made.identity(lead)

    activities.record([event(thread, Kind.CLICK, grade=Grade.MACHINE)], known_at=MONDAY)
    machine = Tally.objects.get(lead=lead)
    activities.record([event(thread, Kind.CLICK, grade=Grade.LIKELY)], known_at=MONDAY)

    assert (machine.sums, machine.last_human_at) == ([], None)
    assert sums(lead) == [1, 0]


def test_what_we_did_is_no_sign_of_life():
    lead = make.lead()
    thread = made.identity(lead)

    activities.record([event(thread, Kind.VISIT, at=MONDAY - timedelta(days=2))], known_at=MONDAY)
    activities.record([event(thread, Kind.SENT), event(thread, Kind.BOUNCED)], known_at=MONDAY)

    assert Tally.objects.get(lead=lead).last_human_at == MONDAY - timedelta(days=2)


def test_an_old_event_that_arrives_late_is_no_later_sign_of_life():
    lead = make.lead()
    thread = made.identity(lead)

    activities.record([event(thread)], known_at=MONDAY)
    activities.record([event(thread, at=MONDAY - timedelta(days=9))], known_at=MONDAY)

    assert Tally.objects.get(lead=lead).last_human_at == MONDAY


def test_the_news_names_the_leads_who_did_something():
    told = []

    def listen(lead_ids, **kwargs):
        told.append(lead_ids)

    one, two, three = make.lead(), make.lead(), make.lead()
    lead_changed.connect(listen)
    try:
        activities.record(
            [
                event(made.identity(two)),
                event(made.identity(one)),
                event(made.identity(three), grade=Grade.MACHINE),
                event(made.identity(None)),
            ],
            known_at=MONDAY,
        )
    finally:
        lead_changed.disconnect(listen)

    assert told == [[one.pk, two.pk]]


def test_a_visitor_only_leaves_traces_until_they_say_who_they_are():
    signal()
    signal(Kind.DOWNLOAD, unit=Signal.Unit.ONCE)
    visitor, lead = made.identity(None), make.lead()
    activities.record([event(visitor), event(visitor, Kind.DOWNLOAD)], known_at=MONDAY)
    before = sums(lead)

    activities.join(visitor, lead, at=MONDAY)

    assert (before, sums(lead)) == ([], [1, 1])
    assert Tally.objects.get(lead=lead).last_human_at == MONDAY


def test_a_thread_that_moves_to_another_lead_takes_its_points_along():
    signal()
    wrong, right = make.lead(), make.lead()
    thread = made.identity(wrong)
    activities.record([event(thread), event(made.identity(right))], known_at=MONDAY)

    activities.join(thread, right, at=MONDAY)

    assert (sums(wrong), sums(right)) == ([], [2])


def test_the_first_thread_of_a_lead_is_the_one_to_write_on():
    lead = make.lead()
    first = lead.identities.first() or made.identity(lead)
    made.identity(lead)

    assert activities.identity_of([lead.pk]) == {lead.pk: first.pk}


def test_a_batch_costs_as_many_queries_as_one_event(django_assert_num_queries):
    signal()
    threads = [made.identity(make.lead()) for _ in range(5)]
    activities.record([event(threads[0])], known_at=MONDAY)

    for batch in (threads[:1], threads):
        with django_assert_num_queries(6):
            activities.record([event(thread) for thread in batch], known_at=MONDAY)
