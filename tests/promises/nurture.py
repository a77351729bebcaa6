"""What the database refuses of nurture."""

import uuid

from nurture.models import Edit, Enrollment, Lane, Pause, Task, Touch, TrackVersion, Variant
from nurture.publishing import draft_of
from tests import make
from tests.promises.breaking import AT, Ledger, again, delete, update


def enrollment(**details):
    track = make.track()
    said = {"version": track.versions.get(), "reason": "Fits", "at": AT, **details}
    return Enrollment.objects.create(lead=make.lead(), track=track, **said)


def touch(**details):
    on = enrollment()
    step = on.version.steps.first()
    said = {"lead": on.lead, "step": step, "step_key": step.key, "part": 1, "due_at": AT, **details}
    return Touch.objects.create(enrollment=on, channel="email", **said)


def task(**details):
    due = touch(state="with_human")
    return Task.objects.create(touch=due, lead=due.lead, due_at=AT, at=AT, **details)


def draft():
    return draft_of(make.track())


def step():
    return make.step(draft())


def part():
    return make.step(draft(), 0, "email").parts.get()


def published(row, version):
    """The row, after its version was published as it stands."""
    update(version, published_at=AT)
    return row


def published_version():
    made = draft()
    return published(TrackVersion.objects.create(track=made.track, number=9, published_at=AT), made)


def published_step():
    made = step()
    return published(made, made.version)


def published_part():
    made = part()
    return published(made, made.step.version)


def lane():
    return Lane.objects.create(branch=step(), number=0, name="Clicked")


def published_lane():
    made = lane()
    return published(made, made.branch.version)


def variant(number=1):
    return Variant.objects.create(part=part(), number=number)


def published_variant():
    made = variant()
    return published(made, made.part.step.version)


def edit():
    return Edit.objects.create(version=draft(), at=AT, what="Moved a step", before={})


def pause(**details):
    return Pause.objects.create(track=make.track(), at=AT, **details)


ILLEGAL = {
    "one_lane_per_branch_and_number": lambda: again(lane()),
    "published_lanes_dont_change": [
        lambda: update(published_lane(), then="finish"),
        lambda: delete(published_lane()),
    ],
    "a_published_branch_gets_no_more_lanes": [
        lambda: again(published_lane(), number=1),
        lambda: update(lane(), branch=published_step()),
    ],
    "one_variant_per_part_and_number": lambda: again(variant()),
    "the_first_variant_is_the_parts_own": lambda: variant(number=0),
    "published_variants_dont_change": [
        lambda: update(published_variant(), subject="Other words"),
        lambda: delete(published_variant()),
    ],
    "a_published_part_gets_no_more_variants": [
        lambda: again(published_variant(), number=2),
        lambda: update(variant(), part=published_part()),
    ],
    "one_open_pause_per_track": lambda: again(pause()),
    "a_pause_that_is_over_says_what_became_of_its_touches": [
        lambda: pause(resumed_at=AT),
        lambda: pause(policy="skip"),
    ],
    "one_live_enrollment_per_lead_and_track": lambda: again(enrollment()),
    "an_enrollment_is_live_until_it_ends": [
        lambda: update(enrollment(), state="finished"),
        lambda: update(enrollment(), ended_at=AT),
    ],
    "every_enrollment_has_a_reason": lambda: enrollment(reason=""),
    "one_version_per_track_and_number": lambda: TrackVersion.objects.create(track=make.track(), number=1),
    "one_draft_per_track": lambda: again(draft(), number=9),
    "published_versions_dont_change": [
        lambda: update(published_version(), number=10),
        lambda: update(published_version(), published_at=None),
        lambda: delete(published_version()),
    ],
    "one_step_per_version_and_key": lambda: again(step(), position=9),
    "one_step_per_version_and_position": lambda: again(step(), key=uuid.uuid4()),
    "published_steps_dont_change": [
        lambda: update(published_step(), wait=9),
        lambda: delete(published_step()),
    ],
    "a_published_version_gets_no_more_steps": [
        lambda: make.step(published_version()),
        lambda: update(step(), version=published_version()),
    ],
    "one_part_per_step_and_number": lambda: again(part()),
    "published_parts_dont_change": [
        lambda: update(published_part(), body="Other words"),
        lambda: delete(published_part()),
    ],
    "a_published_step_gets_no_more_parts": [
        lambda: again(published_part(), number=2),
        lambda: update(part(), step=published_step()),
    ],
    "a_touch_happens_at_most_once": lambda: again(touch()),
    "sent_if_and_only_if_sent_at": [lambda: touch(state="sent"), lambda: touch(sent_at=AT)],
    "a_claimed_touch_has_a_token_and_a_lease": [
        lambda: touch(state="claimed", lease_until=AT),
        lambda: touch(state="sending", token=uuid.uuid4()),
    ],
    "touches_only_move_forward": [
        lambda: update(touch(state="sent", sent_at=AT), state="due", sent_at=None),
        lambda: update(touch(state="skipped"), state="due"),
        lambda: update(touch(), state="sent", sent_at=AT),
    ],
    "a_task_is_done_if_and_only_if_it_has_a_disposition": [
        lambda: task(done_at=AT),
        lambda: task(disposition="connected"),
    ],
}
LEDGERS = {"edits_are_never_changed": Ledger(edit)}
