"""Claim, mark, settle: one touch goes out at most once, and nothing disappears."""

import email
import email.policy
from datetime import timedelta

import pytest

from leads.models import Activity, Custody, Suppression
from nurture.dispatch import dispatch
from tests import make
from tests.engine import ALWAYS, LATER, enrolled, expire, states
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


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


def test_many_mails_share_a_few_lines_to_the_server(mailbox, settings):
    settings.MAIL_LINES, settings.MAIL_GROUP = 3, 6
    addresses = [f"lead.{number:02}@x.example" for number in range(20)]
    enrolled(*addresses)

    assert dispatch(LATER) == 20

    assert sorted(mailbox.recipients) == addresses
    assert mailbox.lines == 3


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
    dispatch(LATER + timedelta(minutes=5))

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
