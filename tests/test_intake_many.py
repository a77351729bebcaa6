"""Many at the one door: the cost of a batch, its news, its order, and two who bring the same person."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from leads import intake
from leads.intake import Arrival, admit
from leads.models import Account, Campaign, Custody, CustodyChange, Identity, Lead, Source, Tally
from leads.signals import lead_changed
from tests.arriving import HOUR, arrive, counts
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


def test_the_news_is_told_once_for_all_who_are_new_or_changed(ines):
    told = []

    def hear(lead_ids, **_rest):
        told.append(list(lead_ids))

    lead_changed.connect(hear)
    try:
        first = arrive({"email": "a@a.example"}, {"email": "b@b.example"})
        arrive({"email": "a@a.example"}, {"email": "b@b.example", "last_name": "Lee"})
        arrive({"email": "a@a.example"})
    finally:
        lead_changed.disconnect(hear)

    assert told == [first.lead_ids, first.lead_ids[1:]]


def test_a_refused_caller_leaves_nothing_behind(ines):
    def bring_and_fail():
        with transaction.atomic():
            arrive({"email": "a@acme.example", "source": "Fair", "campaign": "Spring"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        bring_and_fail()

    assert [model.objects.count() for model in (Lead, Source, Campaign, Account, Identity, Tally)] == [0] * 6


def test_one_arrival_and_many_cost_the_same_statements(ines):
    def people(name, count):
        facts = {"title": "Buyer", "employees": 7}
        return [
            {"email": f"{name}{n}@{name}{n}.example", "source": "Fair", "facts": facts} for n in range(count)
        ]

    arrive(*people("warm", 2))
    with CaptureQueriesContext(connection) as one:
        arrive(*people("one", 1))
    with CaptureQueriesContext(connection) as many:
        arrive(*people("many", 90))

    assert len(one) == len(many)


def test_more_than_one_chunk_comes_in_order(ines, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 200)
    people = [Arrival(outside_id=f"{n % (205)}") for n in range(220)]

    admission = admit(people, at=MONDAY_9AM)

    assert counts(admission) == (205, 0, 15, 0)
    assert admission.lead_ids[205:] == admission.lead_ids[:15]
    assert CustodyChange.objects.count() == Custody.objects.count() == 205


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_two_connections_that_bring_the_same_person_make_one_lead(ines):
    arrive({"outside_id": "x-0"})  # makes the hand that holds them: what they race for is the lead alone
    first_is_in, results = threading.Event(), {}

    def bring(name, at, before_commit):
        try:
            with transaction.atomic():
                results[name] = arrive(
                    {"outside_id": "x-1", "last_name": name}, {"outside_id": f"{name}-2"}, at=at
                )
                before_commit()
        finally:
            connection.close()

    def until_the_other_waits():
        first_is_in.set()
        until(somebody_waits_for_a_lock)

    one = threading.Thread(target=bring, args=["Lee", MONDAY_9AM, until_the_other_waits])
    two = threading.Thread(target=bring, args=["Ray", MONDAY_9AM + HOUR, lambda: None])
    one.start()
    assert first_is_in.wait(10)
    two.start()
    one.join()
    two.join()

    assert (counts(results["Lee"]), counts(results["Ray"])) == ((2, 0, 0, 0), (1, 0, 1, 0))
    assert results["Lee"].lead_ids[0] == results["Ray"].lead_ids[0]
    assert sorted(Lead.objects.values_list("outside_id", flat=True)) == ["Lee-2", "Ray-2", "x-0", "x-1"]


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def until(happens):
    for _try in range(200):
        if happens():
            return
        time.sleep(0.05)
    raise TimeoutError
