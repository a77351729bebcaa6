"""The track builder: every edit, the way back, two editors, files, publishing, pausing."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture import checking, drafting, moving, outline, pausing, portable, publishing
from nurture.models import Enrollment, Touch, Track
from nurture.outline import LanePlan, NoSuchPlace, Outline, PartPlan, StepPlan, Wording
from tests import make
from tests.engine import LATER, enrolled
from tests.make import MONDAY_9AM
from tests.test_branches import ahead, plan, sent, track_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


@pytest.fixture
def track(ruth):
    return track_of(plan("Hello"), plan("Case study", wait=3), plan("Offer", wait=7))


def press(client, button, track, /, **told):
    """A button of the builder, by somebody who sees the newest state; keys of the address are in capitals."""
    places = {key.lower(): told.pop(key) for key in ("KEY", "NUMBER") if key in told}
    seen = Track.objects.get(pk=track.pk).lock
    address = reverse(button, kwargs={"public_id": track.public_id, **places})
    return client.post(address, {"seen": seen, **told})


def names(track):
    """The steps of the draft; a branch with its lanes in brackets."""

    def told(steps):
        return [
            step.name if not step.lanes else (step.name, *(told(lane.steps) for lane in step.lanes))
            for step in steps
        ]

    return told(drafting.read(drafting.newest(track)).steps)


def key_of(track, name):
    plan = drafting.read(drafting.newest(track))
    return next(step.key for step in outline.every(plan.steps) if step.name == name)


# --- edits --------------------------------------------------------------------------------------------


def test_a_step_is_added_with_its_channels_and_edited_in_full(client, track):
    press(client, "step_add", track, name="Parcel", wait="5", channels=["direct_mail", "call"])
    told = {
        "name": "Parcel, then a call", "wait": "2", "unit": "working_days", "event": "reply",
        "at_time": "09:30", "by_time": "16:00",
        "part0-channel": "direct_mail", "part0-body": "A sample", "part0-weight": "1", "part0-subject": "",
        "part0-variant0-subject": "", "part0-variant0-body": "Two samples", "part0-variant0-weight": "3",
        "part1-channel": "call", "part1-body": "Has it come?", "part1-wait_days": "4",
        "part1-subject": "", "part1-variant0-body": "", "part2-channel": "", "part2-variant0-body": "",
    }  # fmt: skip

    answer = press(client, "step_save", track, KEY=key_of(track, "Parcel"), **told)

    step = outline.find(drafting.read(drafting.newest(track)), key_of(track, "Parcel, then a call"))
    assert answer.status_code == 302
    assert replace(step, key="") == StepPlan(
        "Parcel, then a call", wait=2, unit="working_days", event="reply", at_time="09:30", by_time="16:00",
        parts=(
            PartPlan("direct_mail", body="A sample", variants=(Wording(body="Two samples", weight=3),)),
            PartPlan("call", body="Has it come?", wait_days=4),
        ),
    )  # fmt: skip


def test_steps_are_moved_doubled_and_taken_out(client, track):
    press(client, "step_move", track, KEY=key_of(track, "Offer"), way="earlier")
    press(client, "step_clone", track, KEY=key_of(track, "Hello"))
    press(client, "step_remove", track, KEY=key_of(track, "Case study"))

    assert names(track) == ["Hello", "Hello", "Offer"]


def test_a_step_is_dragged_into_a_lane_and_a_branch_never_into_itself(client, track):
    press(client, "branch_add", track)
    branch = key_of(track, "Did they click?")

    press(client, "step_move", track, KEY=key_of(track, "Offer"), into=f"{branch}.1", index="0")
    assert names(track) == ["Hello", "Case study", ("Did they click?", [], ["Offer"])]
    answer = press(client, "step_move", track, KEY=branch, into=f"{branch}.0", index="0")

    assert answer.status_code == 302
    assert names(track) == ["Hello", "Case study", ("Did they click?", [], ["Offer"])]


def test_lanes_are_added_before_everybody_else_changed_and_taken_out(client, track):
    press(client, "branch_add", track)
    branch = key_of(track, "Did they click?")
    press(client, "lane_add", track, KEY=branch)
    asked = {"lane-join": "all", "lane-field_0": "points", "lane-op_0": "at_least", "lane-value_0": "40"}

    press(client, "lane_save", track, KEY=branch, NUMBER=1, name="Warm", then="finish", **asked)
    press(client, "lane_remove", track, KEY=branch, NUMBER=0)

    lanes = outline.find(drafting.read(drafting.newest(track)), branch).lanes
    assert lanes == (
        LanePlan("Warm", {"field": "points", "op": "at_least", "value": 40}, "finish"),
        LanePlan("Everybody else"),
    )


def test_a_branch_is_copied_into_another_track_and_speaks_of_its_copies(client, track):
    inner = plan("Inside")
    asks = {"field": f"clicked_{inner.key.replace('-', '')}", "op": "is_true"}
    deeper = plan("Deeper", lanes=(LanePlan("Clicked", asks),))
    fork = plan("Fork", lanes=(LanePlan("All", steps=(inner, deeper)),))
    other = track_of(plan("First"), fork)

    press(client, "step_copy", other, KEY=fork.key)
    press(client, "step_paste", track)

    assert names(track) == ["Hello", "Case study", "Offer", ("Fork", ["Inside", ("Deeper", [])])]
    copy = outline.find(drafting.read(drafting.newest(track)), key_of(track, "Deeper"))
    assert copy.lanes[0].condition["field"] == f"clicked_{key_of(track, 'Inside').replace('-', '')}"
    assert key_of(track, "Inside") != inner.key


def test_what_is_wrong_is_said_beside_its_field_and_nothing_changes(client, track):
    answer = press(client, "step_add", track, name="", wait="-1")

    assert answer.status_code == 422
    assert set(answer.context["new"].errors) == {"name", "wait", "channels"}
    assert names(track) == ["Hello", "Case study", "Offer"]


# --- two editors, and the way back --------------------------------------------------------------------


def test_who_did_not_see_the_last_edit_changes_nothing_and_is_told_who_was_first(client, track):
    before = track.lock
    press(client, "step_remove", track, KEY=key_of(track, "Offer"))

    answer = client.post(
        reverse("step_remove", args=[track.public_id, key_of(track, "Hello")]), {"seen": before}, follow=True
    )

    assert [str(one) for one in answer.context["messages"]] == [
        "Ruth Amaro was first: “Took out “Offer””. Nothing of yours was changed. Look again."
    ]
    assert names(track) == ["Hello", "Case study"]


def test_edits_are_taken_back_one_after_the_other_and_new_ones_after_that(client, track):
    press(client, "step_remove", track, KEY=key_of(track, "Offer"))
    press(client, "step_move", track, KEY=key_of(track, "Case study"), way="earlier")
    seen = [names(track)]
    for _again in range(3):
        press(client, "track_undo", track)
        seen.append(names(track))
    press(client, "step_remove", track, KEY=key_of(track, "Hello"))
    press(client, "track_undo", track)

    first, whole = ["Case study", "Hello"], ["Hello", "Case study", "Offer"]
    assert [*seen, names(track)] == [first, ["Hello", "Case study"], whole, whole, whole]


def test_a_published_version_stays_as_it_was_whatever_the_draft_becomes(client, track):
    published = track.versions.get()
    before = drafting.read(published)

    press(client, "step_remove", track, KEY=key_of(track, "Hello"))

    assert drafting.read(published) == before
    assert drafting.read(drafting.newest(track)).steps == before.steps[1:]


# --- files --------------------------------------------------------------------------------------------

_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_parts = st.builds(
    PartPlan,
    channel=st.sampled_from(["email", "call", "letter"]),
    subject=_text,
    body=_text,
    wait_days=st.integers(0, 365),
    weight=st.integers(0, 100),
    variants=st.lists(st.builds(Wording, _text, _text, st.integers(0, 100)), max_size=2).map(tuple),
)
_timing = {
    "name": _text.filter(lambda it: it.strip() != ""),
    "key": st.uuids(version=4).map(str),
    "wait": st.integers(0, 3650),
    "unit": st.sampled_from(["hours", "days", "working_days", "months", "weekday"]),
    "event": st.sampled_from(["", "open", "reply"]),
    "at_time": st.sampled_from(["", "09:00"]),
    "by_time": st.sampled_from(["", "17:30"]),
}
_steps = st.builds(StepPlan, **_timing, parts=st.lists(_parts, max_size=2).map(tuple))
_lanes = st.builds(
    LanePlan,
    _timing["name"],
    st.none() | st.just({"field": "country", "op": "known"}),
    st.sampled_from(["join", "finish"]),
    st.lists(_steps, max_size=2).map(tuple),
)
_branches = st.builds(StepPlan, **_timing, lanes=st.lists(_lanes, min_size=1, max_size=2).map(tuple))
_outlines = st.builds(Outline, st.lists(st.one_of(_steps, _branches), max_size=3).map(tuple))


@given(_outlines)
def test_a_file_loses_nothing(plan):
    told = json.loads(json.dumps(plan.as_json()))

    assert portable.read(told) == plan


@settings(deadline=None, max_examples=25)
@given(_outlines)
def test_a_draft_loses_nothing(plan):
    track = publishing.start(name="Track", calendar=make.calendar(), sender=make.marketer())
    draft = publishing.draft_of(track)
    drafting.store(draft, plan)
    stored = [
        [replace(part, wait_days=0) if not number else part for number, part in enumerate(step.parts)]
        for step in outline.every(plan.steps)
    ]

    read = drafting.read(draft)

    assert [list(step.parts) for step in outline.every(read.steps)] == stored
    assert [replace(step, parts=(), lanes=()) for step in outline.every(read.steps)] == [
        replace(step, parts=(), lanes=()) for step in outline.every(plan.steps)
    ]
    Track.objects.filter(pk=track.pk).delete()


def test_a_track_is_exported_and_comes_back_as_another(client, track):
    file = client.get(reverse("track_export", args=[track.public_id])).content

    answer = client.post(
        reverse("track_import"), {"name": "From a file", "file": SimpleUploadedFile("track.json", file)}
    )

    made = Track.objects.get(name="From a file")
    assert answer.url == reverse("track_edit", args=[made.public_id])
    assert names(made) == names(track)
    assert key_of(made, "Hello") != key_of(track, "Hello")


def test_a_clone_is_a_draft_of_its_own(client, track):
    client.post(reverse("track_clone", args=[track.public_id]))

    made = Track.objects.get(name=f"{track.name}, a copy")
    assert (names(made), made.state, made.audience) == (names(track), "draft", None)


def _of(step):
    return json.dumps({"format": 1, "plan": {"steps": [step]}}).encode()


CHANNELS = "email, call, voicemail, sms, letter, direct_mail, newsletter, survey, event, social"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "This is no JSON file."),
        (b"[]", "This is no exported track."),
        (b"\xff\xfe", "This is no JSON file."),
        (b'{"format": 1, "plan": NaN}', "This is no JSON file."),
        (b'{"format": 1, "plan": {"goal": {"a": "\\u0000"}}}', "The file has a character no text can hold."),
        (b'{"format": 1, "plan": {"goal": {"a": "\\ud800"}}}', "This is no JSON file."),
        (_of({"name": ""}), "steps.0.name must be a text of at most 160 letters."),
        (_of({"name": "A", "wait": 1.5}), "steps.0.wait must be a whole number up to 3650."),
        (_of({"name": "A", "color": "red"}), "steps.0 has no “color”."),
        (
            _of({"name": "A", "parts": [{"channel": "fax"}]}),
            f"steps.0.parts.0.channel must be one of {CHANNELS}.",
        ),
        (
            _of({"name": "A", "parts": [{"channel": "email", "asset": "Nix"}]}),
            "There is no asset called “Nix”.",
        ),
    ],
)
def test_a_file_that_is_no_track_makes_nothing_and_says_why(client, ruth, content, problem):
    make.calendar()
    answer = client.post(
        reverse("track_import"), {"name": "Bad", "file": SimpleUploadedFile("track.json", content)}
    )

    assert (answer.status_code, answer.context["problems"]) == (422, [problem])
    assert not Track.objects.exists()


def test_the_classic_track_has_thirteen_touches_and_can_be_published_at_once(client, ruth):
    form = {"name": "Classic", "priority": "10", "calendar": make.calendar().pk, "sender": ruth.pk}
    client.post(reverse("track_new"), {**form, "template": "classic"})

    plan = drafting.read(drafting.newest(Track.objects.get()))
    channels = [[part.channel for part in step.parts] for step in plan.steps]
    assert checking.problems(plan) == []
    assert channels == [
        ["call", "email"], ["email"], ["email", "call"], ["newsletter", "voicemail"], ["email"], ["email"],
        ["direct_mail"], ["email", "call"], ["email"], ["direct_mail", "call"], ["event", "call"],
        ["call", "event"], ["call"],
    ]  # fmt: skip


# --- what keeps a track from being published ----------------------------------------------------------


def test_what_is_unfinished_is_said_of_each_step(ruth):
    lost = {"field": "no_such", "op": "known"}
    steps = (
        plan("Empty", parts=(PartPlan("email"),)),
        plan("None", parts=()),
        plan("Weekday", unit="weekday", wait=9),
        plan("Late", at_time="10:00", by_time="09:00"),
        plan("Fork", lanes=(LanePlan("All"), LanePlan("Lost", lost))),
    )

    found = checking.problems(Outline(steps))

    assert [words for _key, words in found] == [
        "The text is empty.",
        "It has no channel.",
        "It waits for a weekday, and none is chosen.",
        "Its hours end before they begin.",
        "The lane “All” is for everybody, so nobody reaches those after it.",
        "There is no field called “no_such”.",
    ]


def test_an_outline_knows_no_place_that_is_not_there():
    with pytest.raises(NoSuchPlace):
        outline.insert(Outline(), plan("A"), "nowhere.0")
    with pytest.raises(NoSuchPlace):
        outline.remove(Outline(), "nobody")


# --- publishing with people inside --------------------------------------------------------------------


@pytest.fixture
def inside(track):
    """Three leads, each at a step of their own: Hello, Case study, Offer."""
    leads = enrolled("a@x.example", "b@x.example", "c@x.example", track=track)
    sent(leads[1], LATER)
    sent(leads[2], LATER)
    sent(leads[2], LATER)
    return leads


def edited(track, change):
    draft = publishing.draft_of(track)
    drafting.edit(draft, "Changed", change, by=None, at=MONDAY_9AM)
    return draft


def publish(client, track, choice, **more):
    return press(client, "track_publish", track, choice=choice, **more)


def waits(leads):
    return [[name for name, _due in ahead(lead)] for lead in leads]


def test_a_step_before_at_and_after_where_three_leads_stand(client, track, inside):
    """A step is put in behind Hello, and the one where the second lead waits is taken out."""
    added = plan("New", wait=1)
    gone = key_of(track, "Case study")
    draft = edited(track, lambda it: outline.remove(outline.insert(it, added, "", 1), gone))

    told = [(fate.step, fate.count, fate.by_choice[1]) for fate in moving.fates(track, draft)]
    publish(client, track, "move")

    assert sorted(told) == [
        ("Case study", 1, "this step is gone: they go on after “Hello”"),
        ("Hello", 1, "go on here, dates unchanged"),
        ("Offer", 1, "go on here, dates unchanged"),
    ]
    assert waits(inside) == [["Hello"], ["New"], ["Offer"]]
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {2}
    sent(inside[0], LATER)
    assert waits(inside) == [["New"], ["New"], ["Offer"]]


def test_who_moves_gets_the_new_words_of_the_step_they_wait_for(client, track, inside):
    key, words = key_of(track, "Hello"), (PartPlan("email", "New", "New words"),)
    edited(track, lambda it: outline.put(it, replace(outline.find(it, key), parts=words)))

    publish(client, track, "move")

    assert inside[0].touches.get().step.parts.get().subject == "New"


def test_who_finishes_stays_on_the_version_they_are_on(client, track, inside):
    edited(track, lambda it: outline.remove(it, key_of(track, "Offer")))

    publish(client, track, "finish")

    assert waits(inside) == [["Hello"], ["Case study"], ["Offer"]]
    assert set(Enrollment.objects.values_list("version__number", flat=True)) == {1}


def test_who_begins_again_gets_nothing_twice(client, track, inside):
    edited(track, lambda it: outline.insert(it, plan("New"), "", 0))

    publish(client, track, "restart")

    assert waits(inside) == [["New"]] * 3
    sent(inside[2], LATER)
    assert waits(inside) == [["New"], ["New"], ["Offer"]]


def test_a_step_at_the_end_reaches_who_had_finished_if_the_marketer_says_so(client, track, inside):
    sent(inside[2], LATER + 20 * DAY)
    before = inside[2].enrollments.get().state
    edited(track, lambda it: outline.insert(it, plan("Encore", wait=2)))

    page = client.get(reverse("track_publish", args=[track.public_id]))
    publish(client, track, "move", reach="on")

    assert (before, page.context["at_the_end"]) == ("finished", 1)
    assert waits(inside) == [["Hello"], ["Case study"], ["Encore"]]


def test_without_that_word_who_had_finished_stays_so(client, track, inside):
    sent(inside[2], LATER + 20 * DAY)
    edited(track, lambda it: outline.insert(it, plan("Encore", wait=2)))

    publish(client, track, "move")

    assert waits(inside) == [["Hello"], ["Case study"], []]


def test_the_head_count_is_everybody_inside(client, track, inside):
    draft = edited(track, lambda it: outline.remove(it, key_of(track, "Offer")))

    assert sum(fate.count for fate in moving.fates(track, draft)) == track.enrollments.live().count() == 3


# --- pausing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["shift", "skip", "send"])
def test_a_track_that_rested_three_weeks_goes_on_as_was_chosen(track, inside, policy):
    before = {lead.pk: ahead(lead)[0][1] for lead in inside}
    pausing.pause(track, by=None, at=LATER)
    Touch.objects.filter(lead=inside[0]).update(state="held")
    back = LATER + 21 * DAY

    seen = pausing.backlog(track, at=back)
    done = pausing.resume(track, policy, by=None, at=back)

    assert (seen, seen.fell_due, seen.later) == (done, 3, 0)
    expected = {
        "shift": [("Hello", before[inside[0].pk] + 21 * DAY), ("Case study", before[inside[1].pk] + 21 * DAY),
                  ("Offer", before[inside[2].pk] + 21 * DAY)],
        "skip": [("Case study", back + 3 * DAY), ("Offer", back + 7 * DAY), None],
        "send": [("Hello", before[inside[0].pk]), ("Case study", before[inside[1].pk]),
                 ("Offer", before[inside[2].pk])],
    }  # fmt: skip
    assert [next(iter(ahead(lead)), None) for lead in inside] == expected[policy]
    assert Touch.objects.filter(state="held").count() == 0
    assert track.pauses.get().policy == policy


def test_what_was_planned_for_later_keeps_its_day_unless_everything_moves(track):
    (lead,) = enrolled(track=track)
    sent(lead, LATER)
    pausing.pause(track, by=None, at=LATER)

    pausing.resume(track, "skip", by=None, at=LATER + DAY)

    assert ahead(lead) == [("Case study", LATER + 3 * DAY)]


def test_pausing_and_going_on_twice_does_nothing_more(track):
    assert (pausing.pause(track, by=None, at=LATER), pausing.pause(track, by=None, at=LATER)) == (True, False)
    pausing.resume(track, "send", by=None, at=LATER)
    with pytest.raises(pausing.NotPaused):
        pausing.resume(track, "send", by=None, at=LATER)
