"""The one door: whoever arrives becomes one lead, held by somebody, whatever brought them."""

import pytest

from leads import holding
from leads.models import Account, Custody, Lead, Stage
from people.models.user import ADMINISTRATORS
from tests import make
from tests.arriving import HOUR, arrive, counts
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


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
