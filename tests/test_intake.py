"""The one door: whoever arrives becomes one lead, held by somebody, whatever brought them."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from leads import custody, facts, holding, intake
from leads.intake import Arrival, admit
from leads.models import (
    Account,
    Campaign,
    Consent,
    Custody,
    CustodyChange,
    Fact,
    Identity,
    Import,
    Lead,
    Source,
    Stage,
    StageChange,
    Suppression,
    Tally,
)
from leads.signals import lead_changed
from people.models.user import ADMINISTRATORS
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ines():
    return make.marketing_manager()


def arrive(*arrivals, at=MONDAY_9AM, **shared):
    return admit([Arrival(**one) for one in arrivals], at=at, **shared)


def counts(admission):
    return admission.created, admission.updated, admission.unchanged, len(admission.refusals)


def a_file(name="fair.csv"):
    return Import.objects.create(name=name, at=MONDAY_9AM)


def test_a_new_lead_is_held_from_its_first_instant(ines):
    admission = arrive({"email": "ann@acme.example", "first_name": "Ann", "company": "Acme"})

    lead = Lead.objects.get()
    assert (admission.lead_ids, counts(admission)) == ([lead.pk], (1, 0, 0, 0))
    assert (lead.custody.custodian.user, lead.custody.next_action) == (ines, Custody.Next.ENROLL)
    assert (lead.custody.next_action_at, lead.custody.reason) == (MONDAY_9AM, "New lead")
    assert [change.to_stage for change in lead.stage_changes.all()] == [Stage.LEAD]
    assert (lead.account.name, lead.account.domain) == ("Acme", "acme.example")
    assert (lead.identities.count(), lead.tally.next_check_at) == (1, MONDAY_9AM)


def test_a_source_names_the_marketer_who_holds_its_leads(ines):
    maya = make.marketer("Maya Ortiz")
    make.source("Trade fair", marketer=maya)

    arrive(
        {"email": "a@acme.example", "source": "trade FAIR"}, {"email": "b@acme.example", "source": "Website"}
    )

    held = Lead.objects.order_by("pk").values_list("email", "source__name", "custody__custodian__user")
    assert list(held) == [
        ("a@acme.example", "Trade fair", maya.pk),
        ("b@acme.example", "Website", ines.pk),
    ]


def test_a_marketer_who_left_holds_nothing_new(ines):
    make.source("Trade fair", marketer=make.marketer(is_active=False))

    arrive({"email": "a@acme.example", "source": "Trade fair"})

    assert Custody.objects.get().custodian.user == ines


def test_without_a_marketing_manager_an_administrator_holds_new_leads():
    chief = make.user("Root", groups=[ADMINISTRATORS])

    arrive({"email": "a@acme.example"})

    assert Custody.objects.get().custodian.user == chief


def test_nobody_to_hold_a_lead_is_said_plainly():
    with pytest.raises(holding.NobodyToHold, match="first add a marketing manager"):
        arrive({"email": "a@acme.example"})

    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"email": "ann@acme.example"}, {"email": "ANN@Acme.Example"}),
        ({"outside_id": "x-1"}, {"outside_id": "X-1"}),
        ({"email": "ann@acme.example", "outside_id": "x-1"}, {"outside_id": "x-1"}),
        ({"phone": "+49 30 1234567", "last_name": "Lee"}, {"phone": "+4930 1234567", "last_name": "LEE"}),
        (
            {"postal_address": "1 Main St", "last_name": "Lee"},
            {"postal_address": "1 main st", "last_name": "Lee"},
        ),
    ],
)
def test_the_same_person_is_one_lead(ines, first, second):
    once = arrive(first)
    again = arrive(second, at=MONDAY_9AM + HOUR)
    both = arrive(first, second, at=MONDAY_9AM + 2 * HOUR)

    assert Lead.objects.count() == 1
    assert (counts(once), counts(again), counts(both)) == ((1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 2, 0))
    assert both.lead_ids == [*once.lead_ids, *again.lead_ids]


def test_the_same_person_twice_in_one_batch_is_one_lead(ines):
    admission = arrive(
        {"email": "ann@acme.example", "facts": {"title": "Buyer"}},
        {"email": "bo@acme.example"},
        {
            "email": "Ann@acme.example",
            "outside_id": "x-1",
            "last_name": "Lee",
            "facts": {"title": "Head of buying"},
        },
        {"outside_id": "X-1", "first_name": "Ann"},
    )

    ann = Lead.objects.get(email="ann@acme.example")
    assert counts(admission) == (2, 0, 2, 0)
    assert [lead == ann.pk for lead in admission.lead_ids] == [True, False, True, True]
    assert (ann.name, ann.outside_id, ann.facts) == ("Ann Lee", "x-1", {"title": "Head of buying"})


def test_blanks_are_filled_and_nothing_that_stands_is_overwritten(ines):
    arrive({"email": "ann@acme.example", "first_name": "Ann"})

    again = arrive(
        {"email": "ann@acme.example", "first_name": "Anna", "last_name": "Lee", "country": "Germany"}
    )

    lead = Lead.objects.get()
    assert counts(again) == (0, 1, 0, 0)
    assert (lead.name, lead.country) == ("Ann Lee", "DE")


def test_two_rows_that_turn_out_to_be_one_known_person_both_fill_their_blanks(ines):
    arrive({"email": "ann@acme.example", "outside_id": "x-1"})

    arrive({"email": "ann@acme.example", "first_name": "Ann"}, {"outside_id": "x-1", "last_name": "Lee"})

    assert Lead.objects.get().name == "Ann Lee"


def test_a_row_about_two_people_is_refused_with_its_column(ines):
    arrive({"email": "ann@acme.example"}, {"outside_id": "x-1"})

    known = arrive({"email": "ann@acme.example", "outside_id": "x-1"}, {"email": "bo@acme.example"})
    fresh = arrive(
        {"email": "cy@a.example"}, {"outside_id": "y"}, {"email": "cy@a.example", "outside_id": "y"}
    )

    assert known.refusals == [
        (0, "outside_id", "The e-mail belongs to one lead and the outside id to another.")
    ]
    assert [bool(lead) for lead in known.lead_ids] == [False, True]
    assert [(line, column) for line, column, _why in fresh.refusals] == [(2, "outside_id")]
    assert Lead.objects.count() == 5


def test_what_cannot_be_right_is_refused_by_column_and_the_rest_comes_in(ines):
    admission = arrive(
        {"email": "no address"},
        {"first_name": "Ann"},
        {"email": "a@acme.example", "country": "Atlantis"},
        {"email": "b@acme.example", "facts": {"employees": "many", "shoe_size": 42}},
        {"email": "c@acme.example", "first_name": "A\x00nn"},
        {"email": "d@acme.example", "phone": "none"},
        {"email": "good@acme.example", "facts": {"employees": "42"}},
    )

    assert [(line, column) for line, column, _why in admission.refusals] == [
        (0, "email"), (1, "email"), (2, "country"), (3, "employees"), (3, "shoe_size"), (4, "first_name"),
        (5, "phone"),
    ]  # fmt: skip
    assert counts(admission) == (1, 0, 0, 7)
    assert Account.objects.get().facts == {"employees": 42}


def test_a_persons_mailbox_says_nothing_about_a_company(ines):
    arrive({"email": "ann@gmail.com"}, {"email": "bo@gmail.com", "company": "Bo & Sons"})

    assert list(Lead.objects.order_by("pk").values_list("account__name", flat=True)) == [None, "Bo & Sons"]


def test_people_of_one_company_share_an_account(ines):
    known = make.account("Acme", domain="acme.example")

    arrive(
        {"email": "ann@ACME.example"},
        {"email": "bo@acme.example", "company": "ACME Inc."},
        {"phone": "+49301234567", "company": "acme"},
        {"phone": "+49301234568", "company": "Umbrella"},
        {"phone": "+49301234569", "company": "UMBRELLA"},
    )

    companies = Lead.objects.order_by("pk").values_list("account__name", flat=True)
    assert list(companies) == ["Acme", "Acme", "Acme", "Umbrella", "Umbrella"]
    assert Account.objects.count() == 2
    assert Account.objects.get(name="Acme") == known


def test_what_is_said_of_a_company_before_it_is_known_stays_with_the_lead(ines):
    arrive({"email": "ann@gmail.com", "facts": {"industry": "Tools"}})

    assert Lead.objects.get().facts == {"industry": "Tools"}


def test_the_same_file_twice_changes_nothing_although_its_rows_contradict_each_other(ines):
    rows = [
        {"email": "ann@acme.example", "facts": {"employees": 100, "title": "Buyer"}},
        {"email": "bo@acme.example", "facts": {"employees": 120}},
        {"email": "ann@acme.example", "facts": {"title": "Head of buying"}},
    ]
    first = arrive(*rows, batch=a_file())
    before = list(Fact.objects.values_list("pk", flat=True))

    second = arrive(*rows, batch=a_file(), at=MONDAY_9AM + HOUR)

    assert (counts(first), counts(second)) == ((2, 0, 1, 0), (0, 0, 3, 0))
    assert list(Fact.objects.values_list("pk", flat=True)) == before
    assert (Account.objects.get().facts, Lead.objects.get(email="ann@acme.example").facts) == (
        {"employees": 120},
        {"title": "Head of buying"},
    )


def test_a_file_that_says_something_else_is_heard(ines):
    for value, hour in (("Buyer", 0), ("Head of buying", 1), ("Buyer", 2)):
        arrive(
            {"email": "ann@acme.example", "facts": {"title": value}},
            batch=a_file(f"{hour}.csv"),
            at=MONDAY_9AM + hour * HOUR,
        )

    assert Lead.objects.get().facts == {"title": "Buyer"}
    assert Fact.objects.count() == 3


def test_history_keeps_its_own_dates(ines):
    then = MONDAY_9AM - timedelta(days=900)

    arrive({"email": "ann@acme.example", "at": then, "known_at": then, "facts": {"title": "Buyer"}})

    lead = Lead.objects.get()
    said, moved = Fact.objects.get(), StageChange.objects.get()
    assert {lead.at, lead.known_at, said.at, said.known_at, moved.at, moved.known_at} == {then}
    assert lead.custody.next_action_at == MONDAY_9AM


def close(lead, at=MONDAY_9AM):
    Lead.objects.move([lead], Stage.DISQUALIFIED, trigger="No budget", at=at)
    custody.close([lead], cause="no budget", at=at)


def test_a_closed_lead_who_comes_back_starts_anew(ines):
    [lead] = arrive({"email": "ann@acme.example"}).lead_ids
    close(lead)

    again = arrive({"email": "ann@acme.example"}, at=MONDAY_9AM + HOUR)

    back = Lead.objects.get()
    assert counts(again) == (0, 1, 0, 0)
    assert (back.is_open, back.stage, back.custody.next_action) == (True, Stage.LEAD, Custody.Next.ENROLL)


@pytest.mark.parametrize("told", [None, MONDAY_9AM - HOUR])
def test_a_file_that_names_a_closed_lead_does_not_say_that_they_came_back(ines, told):
    [lead] = arrive({"email": "ann@acme.example"}).lead_ids
    close(lead)

    again = arrive({"email": "ann@acme.example", "at": told}, batch=a_file(), at=MONDAY_9AM + HOUR)

    assert (counts(again), Lead.objects.get().is_open) == ((0, 0, 1, 0), False)


def test_a_file_that_tells_again_of_the_first_contact_does_not_reopen_a_lead_closed_before_it(ines):
    row = {"email": "ann@acme.example", "at": MONDAY_9AM}
    [lead] = arrive(row, batch=a_file()).lead_ids
    close(lead, at=MONDAY_9AM - HOUR)

    assert counts(arrive(row, batch=a_file())) == (0, 0, 1, 0)


def test_who_opted_out_stays_out_when_a_file_says_otherwise_and_may_agree_again(ines):
    [lead] = arrive({"email": "ann@acme.example", "consent": "Fair"}, batch=a_file()).lead_ids
    facts.consent([lead], "email", False, "Unsubscribed", at=MONDAY_9AM + HOUR)

    arrive({"email": "ann@acme.example", "consent": "Fair"}, batch=a_file(), at=MONDAY_9AM + 2 * HOUR)
    assert (Lead.objects.get().refused, Suppression.objects.count()) == (["email"], 1)

    arrive({"email": "ann@acme.example", "consent": True}, at=MONDAY_9AM + 3 * HOUR)
    assert (Lead.objects.get().refused, Suppression.objects.count()) == ([], 0)
    assert list(Consent.objects.order_by("at").values_list("given", flat=True)) == [True, False, True]


def test_a_suppressed_address_is_refused_by_whoever_brings_it(ines):
    Suppression.objects.create(channel="email", address="ANN@acme.example", reason="bounced", at=MONDAY_9AM)

    arrive({"email": "ann@acme.example"})

    assert Lead.objects.get().refused == ["email"]


def test_the_news_is_told_once_for_all_who_are_new_or_changed(ines):
    told = []

    def hear(lead_ids, **_rest):
        told.append(list(lead_ids))

    lead_changed.connect(hear)
    try:
        first = arrive({"email": "a@a.example"}, {"email": "b@b.example"})
        arrive({"email": "a@a.example"}, {"email": "b@b.example", "last_name": "Lee"})
        arrive({"email": "a@a.example"})
    finally:
        lead_changed.disconnect(hear)

    assert told == [first.lead_ids, first.lead_ids[1:]]


def test_a_refused_caller_leaves_nothing_behind(ines):
    def bring_and_fail():
        with transaction.atomic():
            arrive({"email": "a@acme.example", "source": "Fair", "campaign": "Spring"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        bring_and_fail()

    assert [model.objects.count() for model in (Lead, Source, Campaign, Account, Identity, Tally)] == [0] * 6


def test_one_arrival_and_many_cost_the_same_statements(ines):
    def people(name, count):
        facts = {"title": "Buyer", "employees": 7}
        return [
            {"email": f"{name}{n}@{name}{n}.example", "source": "Fair", "facts": facts} for n in range(count)
        ]

    arrive(*people("warm", 2))
    with CaptureQueriesContext(connection) as one:
        arrive(*people("one", 1))
    with CaptureQueriesContext(connection) as many:
        arrive(*people("many", 90))

    assert len(one) == len(many)


def test_more_than_one_chunk_comes_in_order(ines, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 200)
    people = [Arrival(outside_id=f"{n % (205)}") for n in range(220)]

    admission = admit(people, at=MONDAY_9AM)

    assert counts(admission) == (205, 0, 15, 0)
    assert admission.lead_ids[205:] == admission.lead_ids[:15]
    assert CustodyChange.objects.count() == Custody.objects.count() == 205


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_two_connections_that_bring_the_same_person_make_one_lead(ines):
    arrive({"outside_id": "x-0"})  # makes the hand that holds them: what they race for is the lead alone
    first_is_in, results = threading.Event(), {}

    def bring(name, at, before_commit):
        try:
            with transaction.atomic():
                results[name] = arrive(
                    {"outside_id": "x-1", "last_name": name}, {"outside_id": f"{name}-2"}, at=at
                )
                before_commit()
        finally:
            connection.close()

    def until_the_other_waits():
        first_is_in.set()
        until(somebody_waits_for_a_lock)

    one = threading.Thread(target=bring, args=["Lee", MONDAY_9AM, until_the_other_waits])
    two = threading.Thread(target=bring, args=["Ray", MONDAY_9AM + HOUR, lambda: None])
    one.start()
    assert first_is_in.wait(10)
    two.start()
    one.join()
    two.join()

    assert (counts(results["Lee"]), counts(results["Ray"])) == ((2, 0, 0, 0), (1, 0, 1, 0))
    assert results["Lee"].lead_ids[0] == results["Ray"].lead_ids[0]
    assert sorted(Lead.objects.values_list("outside_id", flat=True)) == ["Lee-2", "Ray-2", "x-0", "x-1"]


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def until(happens):
    for _try in range(200):
        if happens():
            return
        time.sleep(0.05)
    raise TimeoutError
