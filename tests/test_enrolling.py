"""Who is on which track, why, and what they meet next."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.conditions import sentence
from leads.models import Custodian, Custody
from leads.vocabulary import vocabulary
from nurture.enrolling import enroll, enroll_waiting, leave
from nurture.models import Enrollment, Step, Touch
from nurture.publishing import NotReady, draft_of, publish
from people.models import Side
from tests import make
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
SUNDAY = datetime(2026, 11, 15, 12, tzinfo=UTC)


def touches_of(lead):
    return list(lead.touches.order_by("pk").values_list("step__name", "state", "due_at"))


def test_an_enrolled_lead_is_in_the_tracks_hand_with_the_first_touch_next():
    track, lead = make.track(name="Slow burn"), make.lead()

    assert enroll([lead.pk], track, reason="Industry is dairy", at=SUNDAY) == 1

    held = Custody.objects.get(lead=lead)
    assert (held.custodian, held.next_action, held.next_action_at) == (track.custodian, "touch", MONDAY_9AM)
    assert held.reason == "Slow burn: Industry is dairy"
    assert lead.enrollments.get().reason == "Industry is dairy"
    assert touches_of(lead) == [("Step 1", "due", MONDAY_9AM)]


def test_enrolling_twice_changes_nothing():
    track, lead = make.track(), make.lead()
    enroll([lead.pk], track, reason="fits", at=MONDAY_9AM)

    assert enroll([lead.pk], track, reason="fits", at=MONDAY_9AM + timedelta(days=1)) == 0

    assert touches_of(lead) == [("Step 1", "due", MONDAY_9AM)]
    assert lead.enrollments.count() == 1


def test_closed_leads_are_never_enrolled():
    from leads.custody import close

    track, lead = make.track(), make.lead()
    close([lead.pk], cause="Gone", at=MONDAY_9AM)

    assert enroll([lead.pk], track, reason="fits", at=MONDAY_9AM) == 0
    assert Custody.objects.filter(lead=lead).count() == 0


def test_a_lead_that_moves_to_another_track_leaves_the_first():
    first, second, lead = make.track(name="First"), make.track(name="Second"), make.lead()
    enroll([lead.pk], first, reason="fits", at=MONDAY_9AM)

    enroll([lead.pk], second, reason="fits better", at=MONDAY_9AM)

    assert list(lead.enrollments.order_by("pk").values_list("track__name", "state", "ended_because")) == [
        ("First", "exited", "Moved to Second"),
        ("Second", "live", ""),
    ]
    assert list(lead.touches.order_by("pk").values_list("state", "reason")) == [
        ("skipped", "Moved to Second"),
        ("due", ""),
    ]


def test_leaving_skips_what_waits_and_lets_what_is_being_sent_settle():
    track, lead = make.track(), make.lead()
    enroll([lead.pk], track, reason="fits", at=MONDAY_9AM)
    other = make.lead()
    enroll([other.pk], track, reason="fits", at=MONDAY_9AM)
    sending(other.touches.get())

    assert leave([lead.pk, other.pk], "Handed over", MONDAY_9AM) == 2

    assert lead.touches.get().state == "skipped"
    assert other.touches.get().state == "sending"
    assert Enrollment.objects.live().count() == 0


def test_a_step_that_was_sent_is_not_made_again_after_a_return():
    track, lead = make.track(), make.lead()
    enroll([lead.pk], track, reason="fits", at=MONDAY_9AM)
    sent(lead.touches.get())
    leave([lead.pk], "Handed over", MONDAY_9AM)

    enroll([lead.pk], track, reason="Rejected: no budget", at=MONDAY_9AM)

    assert list(lead.touches.order_by("pk").values_list("step__name", "state")) == [
        ("Step 1", "sent"),
        ("Step 2", "due"),
    ]


def test_who_has_met_every_step_goes_to_the_sender_for_review():
    track, lead = make.track(name="Short", steps=[(0, "email")]), make.lead()
    enroll([lead.pk], track, reason="fits", at=MONDAY_9AM)
    sent(lead.touches.get())
    leave([lead.pk], "Handed over", MONDAY_9AM)

    enroll([lead.pk], track, reason="Rejected: no budget", at=SUNDAY + timedelta(days=7))

    held = Custody.objects.get(lead=lead)
    assert (held.custodian.user, held.next_action, held.reason) == (track.sender, "review", "Finished Short")
    assert held.next_action_at == MONDAY_9AM + timedelta(days=7)


def test_enrolling_many_takes_as_many_queries_as_enrolling_one():
    track = make.track()

    def queries(number):
        leads = [make.lead().pk for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            enroll(leads, track, reason="fits", at=MONDAY_9AM)
        return len(asked)

    queries(1)  # the track reads its calendar and its hand once

    assert queries(1) == queries(20)


def test_a_draft_copies_the_published_steps_under_their_keys():
    track = make.track(steps=[(0, "email"), (3, "email", "call")])

    draft = draft_of(track)

    published = track.versions.exclude(published_at=None).get()
    assert list(draft.steps.values_list("key", "wait")) == list(published.steps.values_list("key", "wait"))
    assert draft_of(track) == draft


def test_a_track_without_a_step_is_not_published():
    track = make.track()
    draft = draft_of(track)
    Step.objects.filter(version=draft).delete()

    with pytest.raises(NotReady, match=r"A track needs a step\."):
        publish(track, by=None, at=MONDAY_9AM)


def sending(touch):
    import uuid

    Touch.objects.filter(pk=touch.pk).update(state="claimed", token=uuid.uuid4(), lease_until=MONDAY_9AM)
    Touch.objects.filter(pk=touch.pk).update(state="sending")


def sent(touch):
    sending(touch)
    Touch.objects.filter(pk=touch.pk).update(state="sent", sent_at=MONDAY_9AM)


# --- choosing the track --------------------------------------------------------------------------------


def held(lead):
    return Custody.objects.select_related("custodian").get(lead=lead)


NORWEGIAN = {"field": "country", "op": "is", "value": "NO"}


def test_a_waiting_lead_gets_the_first_track_whose_audience_it_is_in():
    make.track(name="Everybody", audience={}, priority=900)
    make.track(name="Also Norway", audience=NORWEGIAN, priority=20)
    norway = make.track(name="Norway", audience=NORWEGIAN, priority=10)
    one, other = make.lead(country="NO"), make.lead(country="SE")

    assert enroll_waiting(MONDAY_9AM) == 2

    assert [held(lead).custodian.name for lead in (one, other)] == ["Norway", "Everybody"]
    vocabulary_says = sentence(NORWEGIAN, vocabulary())
    assert one.enrollments.get().reason == vocabulary_says
    assert one.enrollments.get().track == norway


def test_nobody_is_enrolled_before_their_time_or_in_a_track_that_is_not_live():
    make.track(audience={}, state="paused")
    track = make.track(audience={})
    track.state = "retired"
    track.save()
    early = make.lead(at=MONDAY_9AM + timedelta(hours=1))

    assert enroll_waiting(MONDAY_9AM) == 0

    assert held(early).next_action == "enroll"


def test_whoever_fits_no_track_is_put_before_their_marketer_in_working_time():
    make.track(audience=NORWEGIAN)
    lead = make.lead(country="SE", at=SUNDAY)

    assert enroll_waiting(SUNDAY) == 0

    found = held(lead)
    assert (found.next_action, found.next_action_at, found.reason) == ("review", MONDAY_9AM, "No track fits")


def test_nobody_walks_a_track_twice_by_themselves():
    track = make.track(name="Short", audience={}, steps=[(0, "email")])
    lead = make.lead()
    enroll_waiting(MONDAY_9AM)
    lead.enrollments.update(state="finished", ended_at=MONDAY_9AM)
    lead.touches.update(state="skipped")
    Custody.objects.filter(lead=lead).update(next_action="wake", next_action_at=MONDAY_9AM)

    assert enroll_waiting(MONDAY_9AM) == 0

    assert held(lead).next_action == "review"
    assert held(lead).custodian.user == track.sender


def test_a_lead_in_the_hand_of_sales_is_left_there():
    make.track(audience={})
    hand = Custodian.of(make.rep(), Side.SALES)
    lead = make.lead(holder=hand)

    assert enroll_waiting(MONDAY_9AM) == 0

    assert (held(lead).custodian, held(lead).next_action) == (hand, "enroll")


def test_leads_are_found_eight_eighty_and_eight_hundred_days_later():
    make.track(audience={})
    for days in (8, 80, 800):
        make.lead(at=MONDAY_9AM - timedelta(days=days))

    assert enroll_waiting(MONDAY_9AM) == 3
