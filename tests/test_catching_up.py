"""A signal that is new or counts differently is summed up by itself, and is right in the meantime."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import activities, catching_up, lines, scoring, sheets
from leads.activities import Event
from leads.models import Counted, Kind, ScoreSheet, Signal, Tally
from leads.tasks import count_signals, rescore
from tests import make
from tests import make_scores as made
from tests.make_scores import did, points
from tests.stories import MONDAY, TRIES, signals, stories, tell
from tests.test_tallies import readings

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def uncounted(signal):
    """The signal as it stands before anybody has summed up its past."""
    Signal.objects.filter(pk=signal.pk).update(counted_to=0)
    signal.refresh_from_db()
    return signal


def slots(*leads):
    return [Tally.objects.get(lead=lead).sums for lead in leads]


def test_a_new_signal_counts_the_past_before_and_after_its_tallies_do():
    lead = make.lead()
    did(lead, times=3)
    sheet = made.sheet(made.rule(sheets.signal("Visits", Kind.VISIT, at=MONDAY), 10))

    before = (points(lead, sheet), slots(lead))
    catching_up.catch_up(MONDAY)

    assert before == (30, [[]])
    assert (points(lead, sheet), slots(lead)) == (30, [[3]])


@pytest.mark.parametrize(
    ("changed", "whole"), [({"half_life_days": 5}, 50), ({"unit": "once"}, 100), ({"kind": Kind.FORM}, 0)]
)
def test_a_changed_signal_is_right_at_once_and_counted_anew_by_itself(changed, whole):
    lead, signal = make.lead(), made.signal()
    sheet = made.sheet(made.rule(signal, 100))
    did(lead, days_ago=5)

    Signal.objects.filter(pk=signal.pk).update(**changed)

    assert points(lead, sheet) == whole
    assert catching_up.progress() == {signal.pk: 0}
    assert catching_up.catch_up(MONDAY) is True
    assert catching_up.progress() == {}
    assert points(lead, sheet) == whole


def test_a_new_name_makes_nobody_count():
    signal = made.signal()

    Signal.objects.filter(pk=signal.pk).update(name="Another")

    assert catching_up.catch_up(MONDAY) is False


def test_a_stopped_count_goes_on_where_it_stood(monkeypatch):
    monkeypatch.setattr(catching_up, "STEP", 2)
    leads = [make.lead() for _ in range(5)]
    signal = made.signal()
    for lead in leads:
        did(lead)
    uncounted(signal)
    Tally.objects.update(sums=[])

    catching_up._step(MONDAY)
    share = catching_up.progress()[signal.pk]
    first = slots(*leads)
    catching_up.catch_up(MONDAY)

    assert first == [[1], [1], [], [], []]
    assert 0 < share < 1
    assert slots(*leads) == [[1]] * 5


def test_what_happens_during_the_count_is_counted_once(monkeypatch):
    monkeypatch.setattr(catching_up, "STEP", 1)
    one, two = make.lead(), make.lead()
    signal = made.signal()
    did(one), did(two)
    uncounted(signal)

    catching_up._step(MONDAY)
    did(one), did(two)
    catching_up.catch_up(MONDAY)

    assert slots(one, two) == [[2], [2]]


def test_other_signals_keep_what_they_counted():
    lead = make.lead()
    visits, forms = made.signal(), made.signal(Kind.FORM, unit=Signal.Unit.PER_DAY)
    did(lead, times=2), did(lead, Kind.FORM)

    uncounted(visits)
    catching_up.catch_up(MONDAY)

    assert slots(lead) == [[2, 1]]
    assert Counted.objects.filter(signal=forms).count() == 1


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_a_count_ends_in_the_same_tallies_as_events_in_any_order(story, data):
    with transaction.atomic():
        told, leads = tell(story)
        for signal in data.draw(st.lists(st.sampled_from(told), unique=True)):
            details = data.draw(signals)
            Signal.objects.filter(pk=signal.pk).update(**details)

        catching_up.catch_up(MONDAY)
        counted = readings(leads)
        activities.rebuild([lead.pk for lead in leads])

        assert counted == readings(leads)
        transaction.set_rollback(True)


def test_lists_show_the_former_points_until_everybody_is_counted():
    lead, signal = make.lead(), made.signal()
    sheet = made.sheet(made.rule(signal, 10))
    did(lead)
    rescore()
    uncounted(signal)
    Signal.objects.filter(pk=signal.pk).update(kind=Kind.FORM)

    rescore()
    shown = [sheet.scores.get().points]
    count_signals()

    assert [*shown, sheet.scores.get().points] == [10, 0]
    assert list(ScoreSheet.objects.counted()) == [sheet]


@pytest.mark.parametrize(("signed", "due"), [(True, MONDAY), (False, None)])
def test_only_signed_points_that_may_move_are_looked_at_again(signed, due):
    lead, idle, signal = make.lead(), make.lead(), made.signal()
    sheet = made.sheet(made.rule(signal, 10))
    did(lead, days_ago=1)
    Tally.objects.update(next_check_at=None)
    ScoreSheet.objects.filter(pk=sheet.pk).update(frozen_at=MONDAY if signed else None)

    uncounted(signal)
    catching_up.catch_up(MONDAY)

    checks = dict(Tally.objects.values_list("lead", "next_check_at"))
    assert checks == {lead.pk: due, idle.pk: None}


def test_a_rule_of_a_signal_that_is_being_counted_reads_like_the_history():
    lead = make.lead()
    signal = made.signal(half_life_days=30)
    did(lead, days_ago=10), did(lead, days_ago=3)
    sheet = made.sheet(made.rule(uncounted(signal), 100), made.rule({}, 7))

    rules = scoring.rules_of(sheet)
    reading = lines.from_tallies(rules, at=MONDAY, chosen=scoring.CHOSEN)

    assert list(reading.lines) == [rule.pk for rule in rules]
    assert scoring.lines_as_of(rules, at=MONDAY)[lead.pk] == {
        line.rule_id: line.points for line in scoring.card(lead, sheet, MONDAY).lines
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_a_count_waits_for_whoever_writes_without_knowing_of_the_signal():
    lead = make.lead()
    thread = lead.identities.get()
    written, go = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                activities.record([Event(thread.pk, Kind.VISIT, MONDAY, "visit")], known_at=MONDAY)
                written.set()
                go.wait(5)
        finally:
            connection.close()

    writing = threading.Thread(target=write)
    writing.start()
    written.wait(5)
    sheets.signal("Visits", Kind.VISIT, at=MONDAY)
    early = catching_up.catch_up(MONDAY)
    go.set()
    writing.join()

    assert (early, catching_up.catch_up(MONDAY)) == (False, True)
    assert slots(lead) == [[1]]
