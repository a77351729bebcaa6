"""Branches, waits for an act, goals and exits, as the engine walks them."""

import uuid
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import activities, partitions
from leads.models import Custody, Grade, Kind
from nurture import awaiting, drafting, leaving, publishing
from nurture.course import published_course
from nurture.dispatch import dispatch
from nurture.models import Touch
from nurture.outline import LanePlan, Outline, PartPlan, StepPlan, Wording
from nurture.planning import plan_next
from nurture.variants import variant_of
from nurture.worklist import finish
from tests import make
from tests.engine import ALWAYS, LATER, enrolled
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def month(db):
    partitions.ensure(MONDAY_9AM, MONDAY_9AM + 60 * DAY)


def plan(name, channel="email", wait=0, **more):
    parts = () if more.get("lanes") else (PartPlan(channel, f"About {name}", f"Words of {name}"),)
    return StepPlan(name, str(uuid.uuid4()), wait=wait, **{"parts": parts, **more})


def track_of(*steps, **criteria):
    """A published track with these steps, in hours that never close."""
    track = publishing.start(
        name=f"Track {uuid.uuid4()}", calendar=make.calendar("Always", week=ALWAYS), sender=make.marketer()
    )
    drafting.store(publishing.draft_of(track), Outline(tuple(steps), **criteria))
    publishing.publish(track, by=None, at=MONDAY_9AM)
    return track


def sent(lead, at):
    """The touch that waits was made."""
    touch = lead.touches.get(state="due")
    now = Touch.objects.filter(pk=touch.pk)
    now.update(state="claimed", token=uuid.uuid4(), lease_until=at)
    now.update(state="sending")
    now.update(state="sent", sent_at=at)
    plan_next([touch], at=at)
    return touch


def did(lead, kind, at, *, touch=None, grade=Grade.LIKELY):
    identity = activities.identity_of([lead.pk])[lead.pk]
    details = {"touch": str(touch.public_id)} if touch else None
    event = activities.Event(
        identity_id=identity, kind=kind, at=at, dedupe_key=str(uuid.uuid4()), grade=grade, details=details
    )
    activities.record([event], known_at=at)


def ahead(lead):
    """What waits for this lead: the step and its instant."""
    return list(lead.touches.filter(state="due").values_list("step__name", "due_at"))


CLICKED = {"field": "clicked_last", "op": "is_true"}


def forked(wait=3, event="click"):
    lanes = (
        LanePlan("Clicked", CLICKED, steps=(plan("Call", "call", 1),)),
        LanePlan("Else", steps=(plan("Again", wait=2),)),
    )
    return track_of(
        plan("Hello"), plan("Did they?", wait=wait, event=event, lanes=lanes), plan("End", wait=7)
    )


def test_who_clicked_takes_one_lane_and_everybody_else_the_other():
    track = forked(event="")
    curious, silent = enrolled("a@x.example", "b@x.example", track=track)
    touches = {lead.pk: sent(lead, LATER) for lead in (curious, silent)}
    did(curious, Kind.CLICK, LATER + DAY, touch=touches[curious.pk])

    awaiting.pass_branches(LATER + 3 * DAY - timedelta(seconds=1))
    early = [ahead(curious), ahead(silent)]
    awaiting.pass_branches(LATER + 3 * DAY)

    assert early == [[("Did they?", LATER + 3 * DAY)]] * 2
    assert ahead(curious) == [("Call", LATER + 4 * DAY)]
    assert ahead(silent) == [("Again", LATER + 5 * DAY)]


def test_lanes_join_again_and_the_track_ends_for_both():
    track = forked(event="")
    (lead,) = enrolled(track=track)
    sent(lead, LATER)
    awaiting.pass_branches(LATER + 3 * DAY)

    sent(lead, LATER + 5 * DAY)

    assert ahead(lead) == [("End", LATER + 12 * DAY)]
    sent(lead, LATER + 12 * DAY)
    assert lead.enrollments.get().state == "finished"


def test_a_click_decides_a_branch_before_its_limit_and_a_machines_does_not():
    track = forked()
    person, machine = enrolled("a@x.example", "b@x.example", track=track)
    at = LATER + timedelta(hours=2)
    for lead, grade in ((person, Grade.LIKELY), (machine, Grade.MACHINE)):
        did(lead, Kind.CLICK, at, touch=sent(lead, LATER), grade=grade)

    awaiting.bring_forward(at)
    awaiting.pass_branches(at)

    assert ahead(person) == [("Call", at + DAY)]
    assert ahead(machine) == [("Did they?", LATER + 3 * DAY)]
    assert awaiting.bring_forward(at) == 0


def test_an_act_before_the_wait_began_does_not_end_it():
    track = track_of(plan("Hello"), plan("Answer", wait=5, event="reply"))
    (lead,) = enrolled(track=track)
    did(lead, Kind.REPLY, LATER - timedelta(minutes=1))
    sent(lead, LATER)

    assert awaiting.bring_forward(LATER) == 0
    did(lead, Kind.REPLY, LATER + DAY)
    awaiting.bring_forward(LATER + DAY)
    assert ahead(lead) == [("Answer", LATER + DAY)]
    held = Custody.objects.get(lead=lead)
    assert (held.next_action_at, held.reason) == (LATER + DAY, f"{track}: Answer")


def test_how_a_call_went_steers_the_branch(mailbox):
    lanes = (
        LanePlan(
            "Reached",
            {"field": "disposition_last", "op": "is", "value": "connected"},
            steps=(plan("Thanks"),),
        ),
        LanePlan("Not", then="finish"),
    )
    track = track_of(plan("First call", "call"), plan("How was it?", lanes=lanes), plan("End"))
    reached, missed = enrolled("a@x.example", "b@x.example", track=track, phone="+4722222222")
    dispatch(LATER)

    finish(reached.tasks.get(), "connected", by=make.marketer(), at=LATER)
    finish(missed.tasks.get(), "no_answer", by=make.marketer(), at=LATER)

    assert ahead(reached) == [("Thanks", LATER)]
    assert missed.enrollments.get().ended_because == f"Finished {track}"


def test_a_fact_or_a_score_steers_a_branch_that_waits_for_nothing():
    lanes = (LanePlan("Norway", {"field": "country", "op": "is", "value": "NO"}, steps=(plan("Hei"),)),)
    track = track_of(plan("Which?", lanes=lanes), plan("Hello"))

    leads = [*enrolled("a@x.example", track=track, country="NO"), *enrolled("b@x.example", track=track)]

    assert [lead.touches.get().step.name for lead in leads] == ["Hei", "Hello"]


def test_a_condition_whose_field_is_gone_holds_for_nobody():
    lanes = (LanePlan("Known", {"field": "country", "op": "is", "value": "NO"}, steps=(plan("Hei"),)),)
    track = track_of(plan("Which?", lanes=lanes), plan("Hello"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("""UPDATE nurture_lane SET condition = '{"field": "no_such_field", "op": "known"}'""")
        cursor.execute("SET LOCAL session_replication_role = origin")
    published_course.cache_clear()

    (lead,) = enrolled(track=track, country="NO")

    assert lead.touches.get().step.name == "Hello"


def test_many_branch_in_as_many_statements_as_one():
    track, counts = forked(event=""), []
    for group in (["a@x.example"], [f"b{number}@x.example" for number in range(20)]):
        for lead in enrolled(*group, track=track):
            sent(lead, LATER)
        with CaptureQueriesContext(connection) as asked:
            awaiting._pass(LATER + 3 * DAY)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- goal and exit -----------------------------------------------------------------------------------------


def test_who_reaches_the_goal_has_finished_and_who_meets_the_exit_leaves():
    track = track_of(
        plan("Hello", wait=2),
        goal={"field": "did_registered", "op": "is_true"},
        exit={"field": "country", "op": "is", "value": "SE"},
    )
    won, lost, on = enrolled("a@x.example", "b@x.example", "c@x.example", track=track)
    did(won, Kind.REGISTERED, LATER)
    type(lost).objects.filter(pk=lost.pk).update(country="SE")

    assert (leaving.leave(LATER), leaving.leave(LATER)) == (2, 0)

    ends = [(one.state, one.ended_because) for one in (lead.enrollments.get() for lead in (won, lost, on))]
    assert ends == [
        ("finished", "Reached the goal: registered for an event since the track began is yes"),
        ("exited", "Left: country is “SE”"),
        ("live", ""),
    ]
    assert [lead.touches.get().state for lead in (won, lost, on)] == ["skipped", "skipped", "due"]
    assert Custody.objects.get(lead=won).next_action == "review"


def test_who_has_reached_the_goal_is_sent_nothing_more(mailbox):
    track = track_of(plan("Hello"), goal={"field": "country", "op": "is", "value": "NO"})
    enrolled("a@x.example", track=track, country="NO")
    enrolled("b@x.example", track=track)

    dispatch(LATER)

    assert mailbox.recipients == ["b@x.example"]


# --- variants ----------------------------------------------------------------------------------------------


def test_each_gets_the_words_of_their_variant_and_the_touch_says_which(mailbox):
    part = PartPlan("email", "Subject A", "Words A", variants=(Wording("Subject B", "Words B"),))
    track = track_of(plan("Hello", parts=(part,)))
    leads = enrolled(*(f"{number}@x.example" for number in range(12)), track=track)

    dispatch(LATER)

    touches = [lead.touches.get() for lead in leads]
    assert {touch.variant for touch in touches} == {0, 1}
    assert [touch.variant for touch in touches] == [
        variant_of(touch.enrollment_id, touch.step_key, 1, (1, 1)) for touch in touches
    ]
    subjects = {address: message_from_bytes(said)["Subject"] for address, said in mailbox.messages}
    assert subjects == {
        lead.email: f"Subject {'AB'[touch.variant]}" for lead, touch in zip(leads, touches, strict=True)
    }
