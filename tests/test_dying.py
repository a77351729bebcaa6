"""Two at once, and dying in the middle: what is left behind, and who takes it up."""

import logging
import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from leads.models import Field
from nurture import channels, settling
from nurture.claiming import claim, take_back
from nurture.dispatch import dispatch
from nurture.models import Touch
from people.duty import Duty, direct
from tests import make
from tests.engine import LATER, enrolled, expire, states

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def test_a_claim_is_taken_by_one_process_only(mailbox):
    (lead,) = enrolled()
    with Duty() as other:
        mine = claim(other.token, LATER, limit=10, again=False, channels=["email"])

        assert mine == {"email": [lead.touches.get().pk]}
        assert dispatch(LATER) == 0
    assert mailbox.messages == []


def test_a_claim_whose_process_is_stopped_is_taken_after_its_lease(mailbox):
    (lead,) = enrolled()
    with Duty() as stopped:
        claim(stopped.token, LATER, limit=10, again=False, channels=["email"])
        expire(lead)

        assert dispatch(LATER) == 1
    assert mailbox.recipients == ["ada@x.example"]


def test_a_claim_whose_process_died_before_the_mark_is_taken_again(mailbox):
    enrolled()
    claim(uuid.uuid4(), LATER, limit=10, again=False, channels=["email"])

    assert dispatch(LATER) == 1

    assert mailbox.recipients == ["ada@x.example"]


def test_a_sender_that_lost_its_claim_sends_nothing(mailbox, during_approach):
    (lead,) = enrolled()
    during_approach(lambda: lead.touches.update(token=uuid.uuid4()))

    dispatch(LATER)

    assert mailbox.messages == []
    assert states(lead) == ["claimed"]


def test_a_sender_whose_lease_ran_out_sends_nothing(mailbox, during_approach):
    (lead,) = enrolled()
    during_approach(lambda: expire(lead))

    dispatch(LATER)

    assert mailbox.messages == []


def sending(lead, token):
    lead.touches.update(
        state="claimed", token=token, attempts=1, lease_until=datetime(2020, 1, 1, tzinfo=UTC)
    )
    lead.touches.update(state="sending")


def test_who_died_after_the_mark_leaves_one_doubt_and_the_track_goes_on(mailbox):
    (lead,) = enrolled()
    sending(lead, uuid.uuid4())

    dispatch(LATER)
    dispatch(LATER)

    assert mailbox.messages == []
    assert states(lead) == ["in_doubt", "due"]


def test_a_sender_that_is_slow_and_alive_keeps_its_touch(mailbox):
    (lead,) = enrolled()
    with Duty() as slow:
        sending(lead, slow.token)

        dispatch(LATER)

        assert states(lead) == ["sending"]


def test_a_late_word_of_acceptance_settles_the_doubt(mailbox):
    (lead,) = enrolled()
    token = uuid.uuid4()
    sending(lead, token)
    dispatch(LATER)

    settling.sent([lead.touches.order_by("pk").first()], token, at=LATER)

    assert states(lead) == ["sent", "due"]


def test_what_kills_its_process_three_times_is_quarantined_and_the_track_goes_on(mailbox):
    (lead,) = enrolled()
    for again in (False, True, True):
        assert len(claim(uuid.uuid4(), LATER, limit=1, again=again, channels=["email"])) == 1
        take_back()

    dispatch(LATER)

    assert states(lead) == ["quarantined", "due"]
    assert mailbox.messages == []


def test_a_text_that_cannot_be_merged_fails_with_the_reason_and_harms_no_neighbour(mailbox):
    broken = make.track(steps=[(0, {"channel": "email", "subject": "x", "body": "{{ fields.title }}"})])
    (lead,) = enrolled("a@x.example", track=broken)
    Field.objects.filter(key="title").delete()
    enrolled("b@x.example")

    dispatch(LATER)

    assert mailbox.recipients == ["b@x.example"]
    assert lead.touches.get().state == "failed"
    assert lead.touches.get().reason == "fields.title is undefined"


def test_a_bug_in_preparing_is_that_touchs_trouble_alone(mailbox, monkeypatch, caplog):
    prepare = channels.Email.prepare
    enrolled("a@x.example", "b@x.example")

    def sometimes(self, due, *args, **kwargs):
        if due.lead.email == "a@x.example":
            raise ZeroDivisionError
        return prepare(self, due, *args, **kwargs)

    monkeypatch.setattr(channels.Email, "prepare", sometimes)
    with caplog.at_level(logging.CRITICAL):
        dispatch(LATER)

    assert mailbox.recipients == ["b@x.example"]


@pytest.mark.parametrize(
    "address", ["no at sign", "two words@x.example", "a@x.example>\r\nRCPT TO:<b@x.example", "<a@x.example>"]
)
def test_an_address_that_can_not_stand_in_an_envelope_fails(mailbox, address):
    (lead,) = enrolled(address)

    dispatch(LATER)

    assert mailbox.messages == []
    assert states(lead)[0] == "failed"


def test_an_interrupted_round_gives_its_claims_back(mailbox):
    (lead,) = enrolled()

    assert dispatch(LATER, patience=-1) == 0

    assert list(lead.touches.values_list("state", "attempts", "token")) == [("due", 0, None)]


# --- what the database refuses -------------------------------------------------------------------------


def test_the_database_takes_a_touch_at_most_once(mailbox):
    (lead,) = enrolled()
    touch = lead.touches.get()

    with pytest.raises(IntegrityError, match="a_touch_happens_at_most_once"), transaction.atomic():
        Touch.objects.create(
            enrollment=touch.enrollment,
            lead=lead,
            step=touch.step,
            step_key=touch.step_key,
            part=1,
            channel="email",
            due_at=LATER,
        )


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_process_holds_is_skipped_not_waited_for(mailbox):
    leads = enrolled("a@x.example", "b@x.example")
    with psycopg.connect(**direct()) as other:
        other.execute("SELECT FROM nurture_touch WHERE lead_id = %s FOR UPDATE", [leads[0].pk])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            mine = claim(uuid.uuid4(), LATER, limit=10, again=False, channels=["email"])

    assert mine == {"email": [leads[1].touches.get().pk]}


def test_only_the_group_in_which_a_process_died_loses_an_attempt(mailbox, settings):
    settings.MAIL_GROUP = 2
    leads = enrolled("a@x.example", "b@x.example", "c@x.example")
    claim(uuid.uuid4(), LATER, limit=10, again=False, channels=["email"])

    take_back()

    assert [lead.touches.get().attempts for lead in leads] == [1, 1, 0]
