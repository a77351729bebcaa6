"""Leads on a track with a mail that is due, for the tests of the engine."""

from datetime import UTC, datetime, timedelta

import pytest

from nurture.enrolling import enroll
from people import post
from tests import make
from tests.make import MONDAY_9AM

LATER = MONDAY_9AM + timedelta(minutes=1)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def enrolled(*emails, track=None, **details):
    """Leads on a track whose first touch is due on Monday at nine."""
    track = track or make.track()
    leads = [make.lead(email=address, **details) for address in emails or ("ada@x.example",)]
    enroll([lead.pk for lead in leads], track, reason="fits", at=MONDAY_9AM)
    return leads


def states(lead):
    return list(lead.touches.order_by("pk").values_list("state", flat=True))


def expire(lead):
    """Let the database's clock run past the lease."""
    lead.touches.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.fixture
def during_approach(monkeypatch):
    """Do something once, after the claim and before the mark."""

    def arrange(change):
        invited = post.Lines.invited
        waiting = [change]

        def approaching(self):
            answers = invited(self)
            while waiting:
                waiting.pop()()
            return answers

        monkeypatch.setattr(post.Lines, "invited", approaching)

    return arrange
