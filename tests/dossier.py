"""What tests of a lead's page share: what a lead says and does, and a line of the page."""

import pytest

from leads import activities, facts
from leads.models import Saying
from tests import make

AT = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def say(lead, key, value, saying=Saying.SELF_REPORTED, *, by=None, at=AT):
    facts.learn([facts.Answer(key, value, saying, at, lead_id=lead.pk)], known_at=at, by=by)


def do(lead, kind, *, at=AT, key=None, **details):
    identity = activities.identity_of([lead.pk])[lead.pk]
    event = activities.Event(identity, kind, at, key or f"{kind}:{at.isoformat()}", **details)
    activities.record([event], known_at=at)


def line(page, label):
    return next(line for line in page.context["lines"] if line.label == label)
