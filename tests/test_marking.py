"""What is read again at the last moment, after everything was ready."""

from datetime import timedelta

import pytest

from leads import custody, facts
from leads.models import Channel, Custodian, Custody, Lead, Suppression
from nurture.dispatch import dispatch
from nurture.enrolling import leave
from nurture.models import Task
from people.models import Side
from tests import make
from tests.engine import LATER, enrolled, expire, states
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


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
        lambda lead: custody.close([lead.pk], cause="Gone", at=LATER),
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
        ("held", "The track is paused", 0)
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
