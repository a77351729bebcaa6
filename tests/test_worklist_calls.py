"""Calls that a human makes: said once, known at once."""

from datetime import timedelta

import pytest

from leads.models import Activity, Custody, Lead
from leads.signals import consultation_requested
from nurture.dispatch import dispatch
from nurture.enrolling import enroll, leave
from nurture.models import Task
from nurture.worklist import finish
from tests import make
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
TEN = MONDAY_9AM + timedelta(hours=1)


@pytest.fixture
def task():
    """A call on Monday's worklist, with a mail to follow two days later."""
    lead = make.lead(phone="+47 22 22 22 22")
    enroll([lead.pk], make.track(steps=[(0, "call"), (2, "email")]), reason="fits", at=MONDAY_9AM)
    dispatch(MONDAY_9AM)
    return Task.objects.get()


def test_a_finished_call_is_an_activity_and_the_track_goes_on(task):
    caller = make.marketer("Ines")

    answer = finish(task, "connected", "Wants a quote in May.", {"need": 3}, by=caller, at=TEN)

    assert (answer.done, answer.status) == (True, 200)
    activity = Activity.objects.get()
    assert (activity.kind, activity.grade, activity.by) == ("call", 3, caller)
    assert activity.details == {"disposition": "connected", "note": "Wants a quote in May."}
    assert list(task.lead.touches.order_by("pk").values_list("state", "sent_at", "due_at")) == [
        ("sent", TEN, MONDAY_9AM),
        ("due", None, TEN + timedelta(days=2)),
    ]
    held = Custody.objects.get(lead=task.lead)
    assert (held.next_action, held.next_action_at) == ("touch", TEN + timedelta(days=2))
    assert Lead.objects.get().need == 3


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [("voicemail", "voicemail"), ("no_answer", "call_failed"), ("wrong_person", "call")],
)
def test_each_disposition_is_its_own_kind_of_activity(task, disposition, kind):
    finish(task, disposition, at=TEN)

    assert [activity.kind for activity in Activity.objects.all()] == [kind]


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("letter", "by_hand"), ("direct_mail", "by_hand"), ("sms", "by_hand"), ("newsletter", "by_hand"),
     ("survey", "by_hand"), ("event", "by_hand"), ("social", "by_hand"), ("voicemail", "voicemail")],
)  # fmt: skip
def test_every_channel_that_no_machine_can_do_lies_on_the_worklist_and_is_no_sign_of_life(channel, kind):
    lead = make.lead(phone="+47 22 22 22 22", postal_address="Kaigata 1")
    enroll([lead.pk], make.track(steps=[(0, channel), (2, "email")]), reason="fits", at=MONDAY_9AM)
    dispatch(MONDAY_9AM)
    task = Task.objects.get()

    finish(task, "done", at=TEN)

    assert [one for one, _label in task.dispositions] == ["done", "wrong_person", "talk_to_sales"]
    assert [activity.kind for activity in Activity.objects.all()] == [kind]
    assert list(lead.touches.order_by("pk").values_list("state", flat=True)) == ["sent", "due"]
    lead.tally.refresh_from_db()
    assert lead.tally.last_human_at is None


def test_finishing_twice_is_the_same_success_and_another_person_is_told(task):
    ines, omar = make.marketer("Ines"), make.marketer("Omar")
    finish(task, "connected", by=ines, at=TEN)

    again = finish(task, "connected", by=ines, at=TEN)
    late = finish(task, "voicemail", by=omar, at=TEN)

    assert (again.done, late.done, late.status, late.words) == (True, False, 409, "Ines has done this call.")
    assert Activity.objects.count() == 1
    assert Task.objects.get().disposition == "connected"


def test_who_must_not_be_called_is_not_called_again(task):
    finish(task, "do_not_call", at=TEN)

    assert Lead.objects.get().refused == ["phone"]


def test_who_asks_for_sales_is_heard_in_the_same_moment(task, monkeypatch):
    heard = []

    def listen(sender, *, lead, words, at, **kwargs):
        heard.append((lead, words, at))

    monkeypatch.setattr(consultation_requested, "receivers", [])
    consultation_requested.connect(listen, weak=False)

    finish(task, "talk_to_sales", "Call me at four.", at=TEN)

    assert heard == [(task.lead, "Call me at four.", TEN)]


def test_when_the_lead_has_left_the_call_is_off_the_list(task):
    leave([task.lead_id], "Handed over", TEN)

    answer = finish(task, "connected", at=TEN)

    assert (answer.done, Task.objects.count(), Activity.objects.count()) == (False, 0, 0)
