"""Mail servers that hang, refuse, cut and answer late: nothing is lost, and nothing goes out twice."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from nurture.dispatch import dispatch
from nurture.models import Touch
from tests.engine import LATER, enrolled

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
NINE = [f"lead.{number}@x.example" for number in range(9)]


@pytest.fixture(autouse=True)
def small_groups(mailbox, settings):
    settings.MAIL_LINES, settings.MAIL_GROUP, settings.EMAIL_TIMEOUT = 3, 6, 1


def first_touches():
    """How the first touches stand, counted."""
    return Counter(Touch.objects.filter(step__position=1).values_list("state", flat=True))


def test_what_a_server_refuses_for_now_on_every_third_goes_later(mailbox):
    mailbox.data.update(dict.fromkeys(NINE[::3], "451 try later"))
    enrolled(*NINE)

    dispatch(LATER)
    mailbox.data.clear()
    assert first_touches() == {"sent": 6, "due": 3}
    dispatch(LATER + timedelta(minutes=5))

    assert sorted(mailbox.recipients) == NINE


def test_a_server_that_answers_too_late_leaves_that_mail_alone_in_doubt(mailbox):
    mailbox.hooks["data"] = lambda recipient: time.sleep(2) if recipient == NINE[4] else None
    enrolled(*NINE)

    dispatch(LATER)
    dispatch(LATER)

    assert first_touches() == {"sent": 8, "in_doubt": 1}
    assert set(mailbox.recipients) - {NINE[4]} == set(NINE) - {NINE[4]}
    assert max(Counter(mailbox.recipients).values()) == 1


def test_a_server_that_says_421_at_once_costs_no_attempt(mailbox):
    mailbox.most_lines = 0
    enrolled(*NINE)

    assert dispatch(LATER) == 0

    assert set(Touch.objects.values_list("state", "attempts")) == {("due", 0)}


def test_a_server_that_hangs_before_its_greeting_is_given_up_once(mailbox):
    mailbox.hangs = 3.0
    enrolled(*NINE)
    began = time.monotonic()

    assert dispatch(LATER) == 0

    assert time.monotonic() - began < 3
    assert set(Touch.objects.values_list("state", "attempts")) == {("due", 0)}


def test_a_server_that_takes_two_lines_gets_everything_over_two(mailbox):
    mailbox.most_lines = 2
    enrolled(*NINE)

    assert dispatch(LATER) == 9

    assert sorted(mailbox.recipients) == NINE


def test_a_recipient_on_whom_every_line_breaks_harms_no_neighbour(mailbox):
    mailbox.rcpt[NINE[0]] = "cut"
    enrolled(*NINE)

    dispatch(LATER)

    assert sorted(mailbox.recipients) == NINE[1:]
    assert first_touches() == {"sent": 8, "due": 1}


def test_a_server_that_goes_away_in_the_middle_loses_nothing(mailbox):
    mailbox.data.update(dict.fromkeys(NINE[:3], "keep and cut"))
    mailbox.most_lines = 3
    enrolled(*NINE)

    dispatch(LATER)
    mailbox.most_lines = 100
    dispatch(LATER)

    assert first_touches() == {"in_doubt": 3, "sent": 6}
    assert max(Counter(mailbox.recipients).values()) == 1
