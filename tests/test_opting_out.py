"""An opt-out holds at once: no message begins after its commit."""

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from leads import facts
from leads.models import Channel
from nurture.dispatch import dispatch
from nurture.enrolling import enroll
from nurture.models import Touch
from people.duty import direct
from tests import make
from tests.test_storm import WEEK, people

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]
RACERS = 200


def opt_out(lead_ids, held):
    """Withdraw consents one by one; note at each commit whether the mail had begun before."""
    for lead_id in lead_ids:
        with transaction.atomic():
            facts.consent([lead_id], Channel.EMAIL, False, "race", at=timezone.now())
            begun = Touch.objects.filter(lead=lead_id, state__in=["sending", "sent"]).exists()
        if not begun:
            held.append(lead_id)
    connection.close()


def test_a_sender_waits_for_an_opt_out_that_is_being_written(mailbox):
    """The commit comes after the claim and before the mark; without the lead's lock it would be missed."""
    at = timezone.now()
    track = make.track(steps=[(0, "email")], calendar=make.calendar("Always", week=WEEK))
    (lead_id,) = people(1, at)
    enroll([lead_id], track, reason="fits", at=at - timedelta(minutes=1))
    sender = threading.Thread(target=lambda: (dispatch(timezone.now()), connection.close()))

    with psycopg.connect(**direct()) as other:
        other.execute("UPDATE leads_lead SET refused = '[\"email\"]' WHERE id = %s", [lead_id])
        sender.start()
        wait_until(lambda: mailbox.messages or somebody_waits(other))
    sender.join()

    assert mailbox.messages == []
    assert Touch.objects.get().state == "skipped"


def somebody_waits(session):
    return session.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()[0]


def wait_until(happened):
    until = time.monotonic() + 20
    while not happened() and time.monotonic() < until:
        time.sleep(0.05)


def test_no_message_begins_after_the_commit_of_an_opt_out(mailbox):
    at = timezone.now()
    track = make.track(steps=[(0, "email")], calendar=make.calendar("Always", week=WEEK))
    ids = people(RACERS, at)
    enroll(ids, track, reason="fits", at=at - timedelta(minutes=1))
    held: list[int] = []
    racer = threading.Thread(target=opt_out, args=(ids[::-1], held))

    racer.start()
    while dispatch(timezone.now()):
        pass
    racer.join()

    reached = set(mailbox.recipients)
    assert len(mailbox.messages) == len(reached)
    assert [lead for lead in held if f"lead.{ids.index(lead)}@storm.example" in reached] == []
    assert 0 < len(held) < RACERS
    close_old_connections()
