"""Two leads that are one person: nothing lost, no touch twice, the earliest promise, and back again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from handoff.models import Handoff
from leads import activities, consenting, facts, intake, merging
from leads.activities import Event
from leads.facts import Answer
from leads.models import (
    Channel,
    Custody,
    Fact,
    Identity,
    Kind,
    Lead,
    Merge,
    Saying,
    Stage,
    Suppression,
)
from nurture.dispatch import dispatch
from nurture.enrolling import enroll
from nurture.models import Enrollment, Touch
from people.duty import insist
from tests import make
from tests.engine import ALWAYS
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
AT, DAY = MONDAY_9AM, timedelta(days=1)
SOON = AT + timedelta(hours=1)


def two(**details):
    ruth = make.marketing_manager("Ruth Amaro")
    karin = make.lead(email="karin@holt.example", first_name="Karin", last_name="Holt", **details)
    kari = make.lead(email="k.holt@gmail.com", phone="+4740000001", first_name="Kari", last_name="Holt")
    return ruth, karin, kari


def merged(survivor, loser, by, at=SOON, **details):
    return merging.merge(survivor, loser, by=by, at=at, **details)


def lead_now(lead):
    return Lead.objects.get(pk=lead.pk)


def say(lead, value, saying, at=AT, key="title"):
    facts.learn([Answer(key, value, saying, at, lead_id=lead.pk)], known_at=at)


def snapshot(*leads):
    """Everything that merging changes and taking it back restores."""
    shown = {}
    for lead in leads:
        row = Lead.objects.filter(pk=lead.pk).values().get()
        held = Custody.objects.filter(lead=lead).values_list(
            "custodian", "owner", "next_action", "next_action_at", "reason"
        )
        shown[lead.pk] = {
            "row": row,
            "custody": list(held),
            "threads": list(Identity.objects.filter(lead=lead).order_by("pk").values_list("pk", "joined_at")),
            "facts": list(Fact.objects.filter(lead=lead).order_by("pk").values_list("pk", flat=True)),
            "sums": lead.tally.__class__.objects.get(lead=lead).sums,
            "live": list(Enrollment.objects.live().filter(lead=lead).values_list("pk", "track")),
            "waiting": list(
                Touch.objects.waiting().filter(lead=lead).order_by("pk").values_list("step", "part", "due_at")
            ),
            "handoffs": list(
                Handoff.objects.filter(lead=lead).order_by("pk").values_list("pk", "state", "rep")
            ),
            "offers": [
                (offer.user_id, offer.due_at)
                for one in Handoff.objects.filter(lead=lead).order_by("pk")
                for offer in one.offers.open()
            ],
            "consents": list(lead.consents.order_by("pk").values_list("pk", flat=True)),
        }
    return shown, list(Suppression.objects.order_by("pk").values_list("address", flat=True))


def always_track(**details):
    calendar = make.calendar("Always", week=ALWAYS)
    return make.track(steps=[(0 if n == 0 else 1, "email") for n in range(9)], calendar=calendar, **details)


def walk(at, *, times=1):
    """So many days of the real engine."""
    for _ in range(times):
        dispatch(at, limit=100)
        at += DAY
    return at


# --- what holds afterwards ------------------------------------------------------------------------------


def test_the_survivor_keeps_its_words_and_fills_its_blanks_from_the_other():
    ruth, karin, kari = two()

    merged(karin, kari, ruth)

    now, gone = lead_now(karin), lead_now(kari)
    assert (now.email, now.phone, now.first_name) == ("karin@holt.example", "+4740000001", "Karin")
    assert (gone.merged_into, gone.email) == (karin, "k.holt@gmail.com")
    assert list(Custody.objects.values_list("lead", flat=True)) == [karin.pk]


def test_a_column_can_be_taken_from_the_other_and_both_addresses_stay_known():
    ruth, karin, kari = two()

    merged(karin, kari, ruth, taken=["email", "first_name"])

    assert (lead_now(karin).email, lead_now(karin).first_name) == ("k.holt@gmail.com", "Kari")
    again = intake.admit(
        [intake.Arrival(email="KARIN@holt.example"), intake.Arrival(email="k.holt@gmail.com")], at=SOON
    )
    assert again.lead_ids == [karin.pk, karin.pk]


def test_the_best_saying_wins_then_the_latest_and_both_stay_in_history():
    ruth, karin, kari = two()
    say(karin, "CEO", Saying.SELF_REPORTED, AT + timedelta(minutes=5))
    say(kari, "Head of buying", Saying.VERIFIED)
    say(kari, "Oslo", Saying.SELF_REPORTED, key="comment")

    merged(karin, kari, ruth)

    assert lead_now(karin).facts == {"title": "Head of buying", "comment": "Oslo"}
    assert [one.value for one in facts.history(lead_now(karin))] == ["CEO", "Oslo", "Head of buying"]
    assert [one.value for one in facts.history(kari)] == ["Oslo", "Head of buying"]


def test_the_latest_rating_of_either_counts():
    ruth, karin, kari = two()
    facts.rate(karin, {"need": 1, "profile": 2}, by=ruth, at=AT)
    facts.rate(kari, {"need": 3}, by=ruth, at=AT + timedelta(minutes=1))

    merged(karin, kari, ruth)

    assert (lead_now(karin).need, lead_now(karin).profile, lead_now(karin).rating) == (3, 2, 5)


@pytest.mark.parametrize("who", ["survivor", "loser"])
def test_an_opt_out_on_either_side_holds_for_both(who):
    ruth, karin, kari = two()
    no, yes = (karin, kari) if who == "survivor" else (kari, karin)
    consenting.consent([no.pk], Channel.EMAIL, False, "Link", at=AT)
    consenting.consent([yes.pk], Channel.EMAIL, True, "Form", at=AT + timedelta(minutes=9))

    merged(karin, kari, ruth)

    assert lead_now(karin).refused == ["email"]
    assert Suppression.objects.filter(address__iexact=no.email).exists()


def test_activities_of_both_are_one_path_and_the_score_is_their_sum():
    from tests import make_scores as made

    made.signal(kind=Kind.VISIT, at=AT - timedelta(days=30))
    ruth, karin, kari = two()
    threads = activities.identity_of([karin.pk, kari.pk])
    for lead in (karin, kari):
        activities.record([Event(threads[lead.pk], Kind.VISIT, AT, f"visit {lead.pk}")], known_at=AT)

    merged(karin, kari, ruth)

    sums = {lead.pk: lead.tally.__class__.objects.get(lead=lead).sums for lead in (karin, kari)}
    assert sums == {karin.pk: [2], kari.pk: []}


def test_the_further_stage_holds_and_the_move_is_in_the_history():
    ruth, karin, kari = two()
    kari.move_to(Stage.SQL, trigger="Accepted", at=AT)

    merged(karin, kari, ruth)

    assert lead_now(karin).stage == Stage.SQL
    assert karin.stage_changes.get().trigger == "Merged with Kari Holt"


def test_a_closed_lead_is_open_again_where_the_other_is_open():
    from leads import custody

    ruth, karin, kari = two()
    custody.close([karin.pk], cause="No interest", at=AT)

    merged(karin, kari, ruth)

    assert (lead_now(karin).closed_at, lead_now(karin).closed_cause) == (None, "")
    assert Custody.objects.get().lead_id == karin.pk


# --- tracks: scenario 14 --------------------------------------------------------------------------------


def at_steps_3_and_7():
    """Two people who turn out to be one, on one track at touches 3 and 7."""
    ruth = make.marketing_manager("Ruth Amaro")
    track = always_track()
    seven = make.lead(email="seven@x.example")
    enroll([seven.pk], track, reason="fits", at=AT)
    at = walk(AT, times=4)
    three = make.lead(email="three@x.example", at=at)
    enroll([three.pk], track, reason="fits", at=at)
    at = walk(at, times=2)
    waiting = dict(Touch.objects.waiting().values_list("lead", "step__position"))
    assert waiting == {seven.pk: 7, three.pk: 3}
    return ruth, seven, three, at


@pytest.mark.parametrize("survivor", ["three", "seven"])
def test_in_one_track_at_steps_3_and_7_the_further_goes_on_and_each_letter_goes_once_more(mailbox, survivor):
    ruth, seven, three, at = at_steps_3_and_7()
    stays, goes = (three, seven) if survivor == "three" else (seven, three)
    mailbox.messages.clear()

    merged(stays, goes, ruth, at=at)
    walk(at, times=6)

    letters = [one.step.position for one in Touch.objects.filter(sent_at__gte=at).order_by("sent_at")]
    assert letters == [7, 8, 9]
    assert len(mailbox.messages) == 3
    assert Enrollment.objects.filter(lead=stays).count() == 2
    assert Enrollment.objects.live().count() == 0


def test_taken_back_both_go_on_where_they_were(mailbox):
    ruth, seven, three, at = at_steps_3_and_7()
    before = snapshot(seven, three)

    done = merged(seven, three, ruth, at=at)
    merging.unmerge(done, by=ruth, at=at + timedelta(minutes=1))

    assert snapshot(seven, three) == before
    walk(at + DAY, times=9)
    assert sorted(
        Touch.objects.filter(lead=three, state="sent").values_list("step__position", flat=True)
    ) == [*range(1, 10)]


def test_a_touch_that_the_other_was_sent_already_is_skipped(mailbox):
    ruth = make.marketing_manager("Ruth Amaro")
    track = always_track()
    first, second = make.lead(email="a@x.example"), make.lead(email="b@x.example")
    enroll([first.pk], track, reason="fits", at=AT)
    at = walk(AT, times=2)
    Enrollment.objects.update(state="exited", ended_at=at)
    Touch.objects.waiting().update(state="skipped")
    enroll([second.pk], track, reason="fits", at=at)

    merged(second, first, ruth, at=at)
    walk(at, times=12)

    assert sorted(Touch.objects.filter(state="sent").values_list("step__position", flat=True)) == [
        *range(1, 10)
    ]


def test_a_letter_on_its_way_during_the_merge_is_settled_and_not_sent_again(mailbox, during_approach):
    ruth = make.marketing_manager("Ruth Amaro")
    track = always_track()
    stays, goes = make.lead(email="a@x.example"), make.lead(email="b@x.example")
    enroll([goes.pk], track, reason="fits", at=AT)
    during_approach(lambda: merged(stays, goes, ruth, at=AT))

    at = walk(AT, times=1)
    Touch.objects.filter(state="claimed").update(state="due", token=None, lease_until=None)
    walk(at, times=12)

    sent = Touch.objects.filter(state="sent").order_by("sent_at").values_list("step__position", flat=True)
    assert list(sent) == [*range(1, 10)]
    assert len(mailbox.messages) == 9


# --- handoffs -------------------------------------------------------------------------------------------


def handed(lead, minutes, agreement, rep):
    made = make.handoff(lead, agreement=agreement, rep=rep)
    offer = made.open_offer
    made.offers.update(due_at=offer.at + timedelta(minutes=minutes))
    Custody.objects.filter(lead=lead).update(next_action_at=offer.at + timedelta(minutes=minutes))
    return made


def test_of_two_open_handoffs_the_one_due_first_stays_open():
    ruth, karin, kari = two()
    agreement, marit = make.agreement(), make.rep("Marit Dahl")
    later = handed(karin, 200, agreement, marit)
    sooner = handed(kari, 30, agreement, marit)
    before = snapshot(karin, kari)

    done = merged(karin, kari, ruth, at=AT + timedelta(minutes=1))

    states = dict(Handoff.objects.values_list("pk", "state"))
    assert states == {later.pk: "withdrawn", sooner.pk: "open"}
    assert set(Handoff.objects.values_list("lead", flat=True)) == {karin.pk}
    assert Custody.objects.get().next_action_at == AT + timedelta(minutes=30)

    merging.unmerge(done, by=ruth, at=AT + timedelta(minutes=2))

    assert snapshot(karin, kari) == before


def test_who_works_on_the_person_already_goes_on_with_the_earlier_promise():
    ruth, karin, kari = two()
    agreement, marit = make.agreement(), make.rep("Marit Dahl")
    accepted = handed(karin, 200, agreement, marit)
    accepted.accept(by=accepted.open_offer.user, seen=0, at=AT)
    waiting = handed(kari, 5, agreement, marit)

    merged(kari, karin, ruth, at=AT + timedelta(minutes=1))

    waiting.refresh_from_db()
    assert (waiting.state, waiting.open_offer) == ("withdrawn", None)
    held = Custody.objects.get()
    assert (held.next_action, held.next_action_at) == ("contact", AT + timedelta(minutes=5))


def test_sales_goes_before_a_track_and_the_track_ends():
    ruth, karin, kari = two()
    track = always_track()
    enroll([kari.pk], track, reason="fits", at=AT)
    handed(karin, 60, make.agreement(), make.rep("Marit Dahl"))

    merged(kari, karin, ruth)

    assert Custody.objects.get().side == "sales"
    assert Enrollment.objects.live().count() == 0


# --- refusing and taking back ---------------------------------------------------------------------------


def test_merging_twice_or_both_ways_is_refused_with_the_reason():
    ruth, karin, kari = two()
    merged(karin, kari, ruth)

    for pair in ((karin, kari), (kari, karin)):
        with pytest.raises(merging.Refused, match="Kari Holt was merged into Karin Holt already"):
            merged(*pair, ruth)

    assert Merge.objects.count() == 1


def test_taking_it_back_restores_everything_as_it_was():
    ruth, karin, kari = two()
    say(karin, "CEO", Saying.SELF_REPORTED)
    say(kari, "Head of buying", Saying.VERIFIED)
    facts.rate(kari, {"need": 3}, by=ruth, at=AT)
    consenting.consent([kari.pk], Channel.EMAIL, False, "Link", at=AT)
    before = snapshot(karin, kari)

    done = merged(karin, kari, ruth, taken=["email"])
    merging.unmerge(done, by=ruth, at=SOON + DAY)

    assert snapshot(karin, kari) == before


def test_what_arrived_since_under_the_others_address_goes_back_to_them():
    ruth, karin, kari = two()
    done = merged(karin, kari, ruth)
    thread = activities.thread_of(lead_now(karin), "K.HOLT@gmail.com")
    activities.record([Event(thread, Kind.FORM, SOON, "form")], known_at=SOON)

    merging.unmerge(done, by=ruth, at=SOON + DAY)

    assert Identity.objects.get(activities__dedupe_key="form").lead == kari


def test_after_30_days_it_stands_and_says_why():
    ruth, karin, kari = two()
    done = merged(karin, kari, ruth)

    with pytest.raises(merging.Refused, match="30 days, until 16 Dec 2026"):
        merging.unmerge(done, by=ruth, at=SOON + 31 * DAY)


def test_merges_are_taken_back_in_the_order_in_which_they_were_made():
    ruth, karin, kari = two()
    third = make.lead(first_name="Carin")
    first = merged(karin, kari, ruth)
    second = merged(third, karin, ruth)
    assert lead_now(kari).merged_into == third

    with pytest.raises(merging.Refused, match="merged into Carin Holt since: take that back first"):
        merging.unmerge(first, by=ruth, at=SOON)
    merging.unmerge(second, by=ruth, at=SOON)
    merging.unmerge(Merge.objects.get(pk=first.pk), by=ruth, at=SOON)

    assert Lead.objects.filter(merged_into=None).count() == 3


def test_a_handoff_since_is_about_one_person_and_cannot_be_told_apart():
    ruth, karin, kari = two()
    done = merged(karin, kari, ruth)
    make.handoff(lead_now(karin), rep=make.rep("Marit Dahl"), at=SOON + DAY)

    with pytest.raises(merging.Refused, match="They were passed to sales since, as one person"):
        merging.unmerge(done, by=ruth, at=SOON + DAY)


# --- at once --------------------------------------------------------------------------------------------


def together(*works):
    """Each in a connection of its own, at the same time; what each came to."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait(10)
            return work()
        except Exception as trouble:
            return trouble
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_a_into_b_and_b_into_a_at_once_is_one_merge():
    ruth = make.marketing_manager("Ruth Amaro")
    for _ in range(5):
        one, two = make.lead(), make.lead()

        came = together(partial(merged, one, two, ruth), partial(merged, two, one, ruth))

        assert sorted(type(result).__name__ for result in came) == ["Merge", "Refused"]
    assert (Merge.objects.count(), Custody.objects.count()) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_senders_at_work_during_the_merge_send_each_letter_once(mailbox):
    ruth = make.marketing_manager("Ruth Amaro")
    track = always_track()
    pairs = [(make.lead(email=f"a{n}@x.example"), make.lead(email=f"b{n}@x.example")) for n in range(6)]
    enroll([lead.pk for pair in pairs for lead in pair], track, reason="fits", at=AT)

    def merge_all():
        for one, two in pairs:
            insist(partial(merged, one, two, ruth, AT))

    came = together(merge_all, lambda: dispatch(AT, limit=2), lambda: dispatch(AT, limit=2))
    assert [result for result in came if isinstance(result, Exception)] == []
    Touch.objects.filter(state="claimed").update(state="due", token=None, lease_until=None)
    walk(AT, times=14)

    for survivor, _loser in pairs:
        sent = Touch.objects.filter(lead=survivor, state="sent").values_list("step__position", flat=True)
        assert sorted(set(sent)) == [*range(1, 10)]
        assert sum(position > 1 for position in sent) == 8
    assert Enrollment.objects.live().count() == 0
