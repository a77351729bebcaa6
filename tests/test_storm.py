"""Processes die once a second, the broker forgets, clocks run out: no touch is lost, none is doubled."""

import os
import time

import pytest
from django.conf import settings

from leads import custody
from leads.models import Custodian, Identity, Lead, Tally
from nurture.enrolling import enroll
from nurture.models import Touch
from people.models import Side
from tests import make
from tests.storm.judging import judge
from tests.storm.processes import Storm

pytestmark = [pytest.mark.storm, pytest.mark.engine]
SIZE = int(os.environ.get("STORM", "1000"))
PATIENCE = max(240, SIZE / 4)  # seconds; a quiet machine needs a fraction of it
EVERY = 1  # seconds between two deaths
WEEK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def people(number, at):
    """Leads in a marketer's hand, made by the hundred."""
    from django.db import transaction

    with transaction.atomic():
        leads = Lead.objects.bulk_create(
            Lead(email=f"lead.{n}@storm.example", first_name=f"Lead {n}", at=at, known_at=at)
            for n in range(number)
        )
        Tally.objects.bulk_create(Tally(lead=lead) for lead in leads)
        Identity.objects.bulk_create(Identity(lead=lead, at=at) for lead in leads)
        ids = [lead.pk for lead in leads]
        hand = Custodian.of(make.marketer(), Side.MARKETING)
        custody.hold(ids, hand, next_action="enroll", next_action_at=at, reason="New", at=at)
    return ids


@pytest.fixture
def run(surroundings, tmp_path):
    """Run this many touches through real workers while something happens every second."""

    def storming(number, strike, *, delay):
        from django.utils import timezone

        at = timezone.now()
        letter = {
            "channel": "email",
            "subject": "Hi {{ lead.first_name }}",
            "body": "See [this](https://a.example/p).",
        }
        track = make.track(steps=[(0, letter)], calendar=make.calendar("Always", week=WEEK))
        enroll(people(number, at), track, reason="fits", at=at)
        storm = Storm(surroundings, tmp_path, seed=SIZE, delay=delay)
        try:
            return _until_done(storm, strike)
        finally:
            storm.end()

    return storming


def _until_done(storm, strike):
    """Strike once a second from the first mail to the last."""
    _wait_for_the_first_mail(storm)
    began = struck = time.monotonic()
    while Touch.objects.waiting().exists() and time.monotonic() - began < PATIENCE:
        storm.keep()
        storm.ring()
        if time.monotonic() - struck > EVERY:
            struck = time.monotonic()
            strike(storm)
        time.sleep(0.3)
    seconds = time.monotonic() - began
    storm.end()
    return judge(storm.accepted, kills=len(storm.killed), seconds=seconds)


def _wait_for_the_first_mail(storm):
    until = time.monotonic() + 60
    while not (storm.accepted.exists() and storm.accepted.stat().st_size) and time.monotonic() < until:
        storm.keep()
        time.sleep(0.2)


@pytest.mark.timeout(PATIENCE + 180)
def test_no_touch_is_lost_or_doubled_while_processes_die(run, capsys):
    verdict = run(SIZE, Storm.strike, delay=0.02)

    with capsys.disabled():
        print(f"\n{verdict}")
    assert (verdict.doubled, verdict.lost, verdict.unaccounted) == (0, 0, 0)
    assert verdict.in_doubt <= verdict.kills * settings.MAIL_GROUP
    assert verdict.sent + verdict.in_doubt + verdict.quarantined == SIZE
    assert verdict.quarantined <= max(2, verdict.kills / 5)  # three deaths in a row over the same touch
    assert verdict.kills >= 5


@pytest.mark.timeout(PATIENCE + 180)
def test_a_quiet_run_leaves_no_doubt(run):
    verdict = run(min(SIZE, 200), lambda storm: None, delay=0)

    assert (verdict.sent, verdict.in_doubt, verdict.doubled, verdict.lost) == (min(SIZE, 200), 0, 0, 0)
