"""Claim, mark, settle: one touch goes out at most once, and nothing disappears."""

import email
import email.policy
import logging
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from leads import facts
from leads.models import Activity, Channel, Custodian, Custody, Suppression
from nurture import settling
from nurture.claiming import claim, take_back
from nurture.dispatch import dispatch
from nurture.enrolling import enroll, leave
from nurture.models import Task, Touch
from people.duty import Duty, direct
from people.models import Side
from tests import make
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
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


# --- the way of a mail ---------------------------------------------------------------------------------


def test_a_due_mail_goes_out_once_and_the_next_one_is_planned(mailbox):
    (lead,) = enrolled()

    assert dispatch(LATER) == 1
    assert dispatch(LATER) == 0

    assert mailbox.recipients == ["ada@x.example"]
    assert list(lead.touches.order_by("pk").values_list("step__name", "state", "sent_at", "due_at")) == [
        ("Step 1", "sent", LATER, MONDAY_9AM),
        ("Step 2", "due", None, LATER + timedelta(days=3)),
    ]
    held = Custody.objects.get(lead=lead)
    assert (held.next_action, held.next_action_at) == ("touch", LATER + timedelta(days=3))
    assert list(Activity.objects.values_list("kind", "about")) == [("sent", "Step 1")]


def test_many_mails_share_one_line_to_the_server(mailbox):
    enrolled(*(f"lead.{number}@x.example" for number in range(5)))

    assert dispatch(LATER) == 5

    assert sorted(mailbox.recipients) == [f"lead.{number}@x.example" for number in range(5)]
    assert mailbox.lines == 1


def test_a_server_without_pipelining_is_served_too(mailbox):
    mailbox.pipelining = False
    enrolled()

    dispatch(LATER)

    assert mailbox.recipients == ["ada@x.example"]


def test_the_mail_carries_what_it_must(mailbox, settings):
    settings.POSTAL_ADDRESS = "Baton AS, Storgata 1, Oslo"
    track = make.track(
        steps=[
            (
                0,
                {
                    "channel": "email",
                    "subject": "Hi {{ lead.first_name }}",
                    "body": "See [it](https://a.example/p).",
                },
            )
        ]
    )
    (lead,) = enrolled(track=track, first_name="Ada")

    dispatch(LATER)

    touch = lead.touches.first()
    message = email.message_from_bytes(mailbox.messages[0][1], policy=email.policy.default)
    assert (message["Subject"], message["Message-ID"]) == ("Hi Ada", touch.message_id)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert touch.links == ["https://a.example/p"]
    text, html = (message.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert [half.count("/c/") for half in (text, html)] == [1, 1]
    assert [half.count("/u/") for half in (text, html)] == [1, 1]
    assert [half.count("a.example") for half in (text, html)] == [0, 0]
    assert [half.count("Storgata 1") for half in (text, html)] == [1, 1]


def test_after_the_last_touch_the_sender_decides(mailbox):
    track = make.track(name="Short", steps=[(0, "email")])
    (lead,) = enrolled(track=track)

    dispatch(LATER)

    held = Custody.objects.get(lead=lead)
    assert (held.custodian.user, held.next_action, held.reason) == (track.sender, "review", "Finished Short")
    assert lead.enrollments.get().state == "finished"


def test_nothing_goes_out_before_it_is_due(mailbox):
    enrolled()

    assert dispatch(MONDAY_9AM - timedelta(seconds=1)) == 0

    assert mailbox.messages == []


# --- what the server says ------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_refused_for_now_is_due_again_later(mailbox, stage):
    getattr(mailbox, stage)["ada@x.example"] = "451 try later"
    (lead,) = enrolled()

    dispatch(LATER)

    touch = lead.touches.get()
    assert (touch.state, touch.due_at) == ("due", LATER + timedelta(minutes=5))
    assert touch.reason == "451 try later"
    getattr(mailbox, stage).clear()
    dispatch(LATER + timedelta(minutes=5))
    assert mailbox.recipients == ["ada@x.example"]


def test_refused_eight_times_it_has_failed(mailbox):
    mailbox.rcpt["ada@x.example"] = "451 try later"
    (lead,) = enrolled(track=make.track(calendar=make.calendar("Always", week=ALWAYS)))
    at = LATER

    for _ in range(8):
        dispatch(at)
        at += timedelta(hours=12)

    assert states(lead) == ["failed", "due"]


def test_an_unknown_mailbox_fails_is_suppressed_and_the_track_goes_on(mailbox):
    mailbox.rcpt["ada@x.example"] = "550 5.1.1 no such user"
    (lead,) = enrolled()

    dispatch(LATER)

    assert states(lead) == ["failed", "due"]
    assert list(Suppression.objects.values_list("channel", "address")) == [("email", "ada@x.example")]
    assert list(Activity.objects.values_list("kind", flat=True)) == ["bounced"]


def test_a_refusal_by_policy_does_not_suppress_the_address(mailbox):
    mailbox.data["ada@x.example"] = "550 5.7.1 looks like spam"
    (lead,) = enrolled()

    dispatch(LATER)

    assert states(lead) == ["failed", "due"]
    assert Suppression.objects.count() == 0


def test_one_refused_recipient_leaves_the_neighbours_in_peace(mailbox):
    mailbox.rcpt["b@x.example"] = "550 5.1.1 no such user"
    enrolled("a@x.example", "b@x.example", "c@x.example")

    dispatch(LATER)
    dispatch(LATER)

    assert mailbox.recipients == ["a@x.example", "c@x.example"]


@pytest.mark.parametrize(("behaviour", "arrived"), [("cut", 0), ("keep and cut", 1)])
def test_a_line_cut_after_the_message_leaves_it_in_doubt_and_unsent_again(mailbox, behaviour, arrived):
    mailbox.data["ada@x.example"] = behaviour
    (lead,) = enrolled()

    dispatch(LATER)
    mailbox.data.clear()
    expire(lead)
    dispatch(LATER)

    assert len(mailbox.messages) == arrived
    assert states(lead) == ["in_doubt", "due"]


def test_a_line_cut_before_the_message_is_opened_again(mailbox):
    enrolled("a@x.example", "b@x.example")
    mailbox.rcpt["b@x.example"] = "cut"
    cut = []

    def once(recipient):
        if recipient == "b@x.example":
            cut.append(recipient)
            if len(cut) > 2:
                mailbox.rcpt.clear()

    mailbox.hooks["rcpt"] = once
    dispatch(LATER)
    dispatch(LATER)

    assert mailbox.recipients == ["a@x.example", "b@x.example"]


def test_a_server_that_is_away_costs_no_attempt(mailbox, settings):
    settings.EMAIL_PORT = 1
    (lead,) = enrolled()

    for _ in range(5):
        assert dispatch(LATER) == 0

    assert list(lead.touches.values_list("state", "attempts")) == [("due", 0)]
    settings.EMAIL_PORT = mailbox.port
    assert dispatch(LATER) == 1


def test_calls_reach_the_worklist_while_the_mail_server_is_away(mailbox, settings):
    settings.EMAIL_PORT = 1
    enrolled()
    (other,) = enrolled("bo@x.example", track=make.track(steps=[(0, "call")]), phone="+47 1")

    dispatch(LATER, limit=1)

    assert states(other) == ["with_human"]


# --- read again at the last moment ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda lead: facts.consent([lead.pk], Channel.EMAIL, False, "test", at=LATER),
            "They told us not to use this channel",
        ),
        (
            lambda lead: Suppression.objects.create(
                channel="email", address="ADA@x.example", reason="x", at=LATER
            ),
            "The address must not be used",
        ),
    ],
)
def test_who_opts_out_after_the_claim_gets_nothing(mailbox, during_approach, change, reason):
    (lead,) = enrolled()
    during_approach(lambda: change(lead))

    dispatch(LATER)

    assert mailbox.messages == []
    assert list(lead.touches.order_by("pk").values_list("state", "reason")) == [
        ("skipped", reason),
        ("due", ""),
    ]


def hand_to_sales(lead):
    from leads import custody

    rep = make.rep()
    custody.hold(
        [lead.pk],
        Custodian.of(rep, Side.SALES),
        next_action="answer",
        next_action_at=LATER,
        reason="x",
        at=LATER,
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda lead: leave([lead.pk], "Handed over", LATER),
        hand_to_sales,
        lambda lead: __import__("leads.custody").custody.close([lead.pk], cause="Gone", at=LATER),
    ],
)
def test_who_leaves_the_track_after_the_claim_gets_nothing(mailbox, during_approach, change):
    (lead,) = enrolled()
    during_approach(lambda: change(lead))

    dispatch(LATER)

    assert mailbox.messages == []
    assert states(lead) == ["skipped"]
    assert lead.enrollments.get().state == "exited"


def test_a_new_address_is_used_at_once(mailbox, during_approach):
    from leads.models import Lead

    (lead,) = enrolled()
    during_approach(lambda: Lead.objects.filter(pk=lead.pk).update(email="new@x.example"))

    dispatch(LATER)
    expire(lead)
    dispatch(LATER)

    assert mailbox.recipients == ["new@x.example"]


def test_a_paused_track_waits(mailbox):
    (lead,) = enrolled()
    track = lead.enrollments.get().track
    track.state = "paused"
    track.save()

    dispatch(LATER)

    assert list(lead.touches.values_list("state", "reason", "attempts")) == [
        ("due", "The track is paused", 0)
    ]
    assert mailbox.messages == []


def test_a_late_touch_moves_into_the_next_window(mailbox):
    (lead,) = enrolled()
    at_night = MONDAY_9AM + timedelta(hours=14)

    dispatch(at_night)

    assert lead.touches.get().due_at == MONDAY_9AM + timedelta(days=1)
    assert Custody.objects.get(lead=lead).next_action_at == MONDAY_9AM + timedelta(days=1)
    dispatch(MONDAY_9AM + timedelta(days=1))
    assert mailbox.recipients == ["ada@x.example"]


def test_the_fourth_mail_goes_at_the_first_free_instant_inside_the_window(mailbox, settings):
    settings.CONTACT_CAP = "3/7"
    track = make.track(steps=[(0, "email"), (1, "email"), (1, "email"), (1, "email")])
    (lead,) = enrolled(track=track)
    for day in range(4):
        dispatch(LATER + timedelta(days=day))

    fourth = lead.touches.order_by("pk").last()
    assert (fourth.state, fourth.due_at) == ("due", LATER + timedelta(days=7))
    dispatch(LATER + timedelta(days=7))
    assert len(mailbox.messages) == 4


def test_a_cap_of_none_at_all_is_not_the_same_as_no_cap(mailbox, settings):
    settings.CONTACT_CAP = "0/7"
    (lead,) = enrolled()

    dispatch(LATER)

    assert mailbox.messages == []
    assert states(lead) == ["skipped", "due"]


# --- two at once, and dying in the middle --------------------------------------------------------------


def test_a_claim_is_taken_by_one_process_only(mailbox):
    (lead,) = enrolled()
    with Duty() as other:
        mine = claim(other.token, LATER, limit=10, again=False, channels=["email"])

        assert mine == [lead.touches.get().pk]
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
    (lead,) = enrolled()
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
    touch = Touch.objects.select_related("lead", "step", "enrollment__track").get(pk=lead.touches.first().pk)

    settling.sent(touch, token, at=LATER)

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
    from leads.models import Field

    Field.objects.filter(key="title").delete()
    enrolled("b@x.example")

    dispatch(LATER)

    assert mailbox.recipients == ["b@x.example"]
    assert lead.touches.get().state == "failed"
    assert lead.touches.get().reason == "fields.title is undefined"


def test_a_bug_in_preparing_is_that_touchs_trouble_alone(mailbox, monkeypatch, caplog):
    from nurture import channels

    prepare = channels.Email.prepare
    enrolled("a@x.example", "b@x.example")

    def sometimes(self, touch, *args, **kwargs):
        if touch.lead.email == "a@x.example":
            raise ZeroDivisionError
        return prepare(self, touch, *args, **kwargs)

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


# --- calls ---------------------------------------------------------------------------------------------


def test_a_due_call_lies_on_the_worklist_with_its_script(mailbox):
    track = make.track(steps=[(0, {"channel": "call", "body": "Ask {{ lead.first_name }} about it."})])
    (lead,) = enrolled(track=track, phone="+47 22 22 22 22", first_name="Ada")

    dispatch(LATER)

    task = Task.objects.get()
    assert (task.lead, task.script, task.team) == (lead, "Ask Ada about it.", track.sender.team)
    assert states(lead) == ["with_human"]
    assert Custody.objects.get(lead=lead).next_action == "call"


def test_nobody_is_called_who_told_us_not_to(mailbox):
    (lead,) = enrolled(track=make.track(steps=[(0, "call"), (1, "email")]), phone="+47 1")
    facts.consent([lead.pk], Channel.PHONE, False, "test", at=MONDAY_9AM)

    dispatch(LATER)

    assert Task.objects.count() == 0
    assert states(lead) == ["skipped", "due"]


@pytest.fixture
def during_approach(monkeypatch):
    """Do something once, after the claim and before the mark."""
    from nurture import channels

    def arrange(change):
        approach = channels.Email.approach
        waiting = [change]

        def approaching(self, prepared):
            answer = approach(self, prepared)
            while waiting:
                waiting.pop()()
            return answer

        monkeypatch.setattr(channels.Email, "approach", approaching)

    return arrange


def test_only_the_touch_on_which_a_process_died_loses_an_attempt(mailbox):
    leads = enrolled("a@x.example", "b@x.example", "c@x.example")
    claim(uuid.uuid4(), LATER, limit=10, again=False, channels=["email"])

    take_back()

    assert [lead.touches.get().attempts for lead in leads] == [1, 0, 0]


# --- what the database refuses -------------------------------------------------------------------------


def test_the_database_takes_a_touch_at_most_once(mailbox):
    from django.db import IntegrityError, transaction

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
    from django.db import connection, transaction

    leads = enrolled("a@x.example", "b@x.example")
    with psycopg.connect(**direct()) as other:
        other.execute("SELECT FROM nurture_touch WHERE lead_id = %s FOR UPDATE", [leads[0].pk])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            mine = claim(uuid.uuid4(), LATER, limit=10, again=False, channels=["email"])

    assert mine == [leads[1].touches.get().pk]
