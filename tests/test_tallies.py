"""Tallies equal their history: in any order, with repetitions, and with several writers at a time."""

import random
import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings

from leads import activities
from leads.activities import Event
from leads.models import Counted, Identity, Kind, Lead, Recent, Signal, Tally
from leads.recent import beginning
from tests import make
from tests import make_scores as made
from tests.stories import TOLD, TRIES, stories, tell

MONDAY = make.MONDAY_9AM
pytestmark = pytest.mark.django_db


def visit(thread, key):
    return Event(thread.pk, Kind.VISIT, MONDAY, key)


def sums(lead):
    return Tally.objects.get(lead=lead).sums


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories())
def test_tallies_equal_their_history_in_any_order_and_repetition(story):
    with transaction.atomic():
        _signals, leads = tell(story)

        moved = readings(leads)
        activities.rebuild([lead.pk for lead in leads])

        assert moved == readings(leads)
        transaction.set_rollback(True)


def readings(leads):
    """What is in the tallies, with sums as they read at a later instant, and the units that counted."""
    tallies = Tally.objects.filter(lead__in=leads).order_by("lead")
    signals = list(Signal.objects.all())
    counted = Counted.objects.filter(lead__in=leads).order_by("lead", "signal", "unit")
    rows = Recent.objects.filter(lead__in=leads).order_by("lead", "signal", "unit").select_related("signal")
    recent = [one for one in rows if one.day >= beginning(one.signal.window_days, TOLD).date()]
    return (
        [[round(made.reading(signal, tally, TOLD), 9) for signal in signals] for tally in tallies],
        [tally.last_human_at for tally in tallies],
        list(counted.values_list("lead", "signal", "unit", "at")),
        [(one.lead_id, one.signal_id, one.unit, one.day, round(one.amount, 9)) for one in recent],
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_writers_at_once_lose_nothing_and_never_wait_in_a_circle():
    made.signal()
    made.signal(unit=Signal.Unit.PER_DAY)
    leads = [make.lead() for _ in range(6)]
    threads = [[made.identity(lead) for lead in leads] for _writer in range(4)]
    troubles = []

    def write(number):
        chance = random.Random(number)
        try:
            for turn in range(15):
                some = chance.sample(threads[number], 4)
                activities.record(
                    [visit(thread, f"{number} {turn} {thread.pk}") for thread in some], known_at=MONDAY
                )
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    total = [sums(lead) for lead in Lead.objects.order_by("pk")]
    activities.rebuild(list(Lead.objects.values_list("pk", flat=True)))
    assert troubles == []
    assert sum(first for first, _ in total) == 4 * 15 * 4
    assert total == [sums(lead) for lead in Lead.objects.order_by("pk")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_a_visitor_who_joins_while_they_click_keeps_every_click():
    made.signal()
    visitor, lead = made.identity(None), make.lead()
    ready, go = threading.Event(), threading.Event()

    def click():
        try:
            with transaction.atomic():
                activities.record([visit(visitor, "click")], known_at=MONDAY)
                ready.set()
                go.wait(0.5)
        finally:
            connection.close()

    clicking = threading.Thread(target=click)
    clicking.start()
    ready.wait(5)
    activities.join(Identity.objects.get(pk=visitor.pk), lead, at=MONDAY)
    clicking.join()

    assert sums(lead) == [1]
