"""Campaign spend: imported, counted beside leads, edited where it stands; and who came to events."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import sources
from leads.imports import spending
from leads.models import Activity, Campaign, Grade, Lead, Spend, Tally
from tests import make
from tests.importing import HOUR, bring, counts, problems, take_back
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]
SPEND = (
    "Campaign;Source;Month;Spend\nSpring;Ads;2026-05;1.250,50\nSpring;Ads;2026-06;99\n;Fair;05/2026;€ 10\n"
)


def spent():
    rows = Spend.objects.order_by("source__name", "month").values_list("campaign__name", "month", "amount")
    return [(campaign, f"{month:%Y-%m}", str(amount)) for campaign, month, amount in rows]


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("1250.50", "1250.50"), ("1.250,50", "1250.50"), ("1,250.50", "1250.50"), ("1'250", "1250"),
        ("€ 99", "99"), ("99,9 EUR", "99.9"), ("12 000", "12000"), ("1.250", None), ("-5", None),
        ("5 USD", None), ("1e3", None), ("", None), ("99999999999", None), ("1.005", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it_and_what_may_mean_two_things_is_refused(text, figure):
    try:
        found = spending.amount(text)
    except (ValueError, ArithmeticError):
        found = None

    assert found == (Decimal(figure) if figure else None)


@pytest.mark.parametrize("text", ["2026-05", "05/2026", "5.2026", "May 2026", "2026-05-17", "17.05.2026"])
def test_a_month_is_read_as_people_write_it(text):
    assert spending.month(text, "dmy") == date(2026, 5, 1)


def test_spend_is_told_by_its_columns_and_importing_it_twice_changes_nothing():
    first = bring(SPEND)
    before = list(Spend.objects.values())

    again = bring(SPEND)

    assert (first.what, counts(first), counts(again)) == ("spend", (3, 0, 0, 0), (0, 0, 3, 0))
    assert list(Spend.objects.values()) == before
    assert spent() == [
        ("Spring", "2026-05", "1250.50"),
        ("Spring", "2026-06", "99.00"),
        (None, "2026-05", "10.00"),
    ]


def test_days_of_a_month_are_added_up():
    bring("campaign,source,day,cost\nSpring,Ads,2026-05-01,10\nSpring,Ads,2026-05-02,15.50\n")

    assert spent() == [("Spring", "2026-05", "25.50")]


def test_what_is_no_spend_is_named_by_row_and_column():
    batch = bring(
        "campaign,source,month,spend\nOrphan,,2026-05,1\n,Ads,soon,1\n,Ads,2026-05,lots\n,Ads,2026-06,\n"
    )

    assert [row[:2] for row in problems(batch)] == [(2, "source"), (3, "month"), (4, "spend"), (5, "spend")]


def test_an_undo_puts_back_the_amounts_that_stood_and_leaves_edited_ones(ines):
    bring(SPEND)
    second = bring(
        "campaign,source,month,spend\nSpring,Ads,2026-05,1300\nSpring,Ads,2026-06,100\nNew,Ads,2026-07,5\n"
    )
    spring = Campaign.objects.get(name="Spring")
    Spend.objects.note(spring.source, spring, date(2026, 6, 1), 77, by=ines, at=MONDAY_9AM)

    said = take_back(second)

    assert spent()[:2] == [("Spring", "2026-05", "1250.50"), ("Spring", "2026-06", "77.00")]
    assert said == [
        "1 amount was removed.",
        "1 amount was put back.",
        "1 amount was changed since and was left alone.",
        "Removed, because nothing else uses them: New.",
    ]


def test_a_page_says_what_a_lead_of_each_source_and_campaign_cost(client):
    ads = make.source("Ads", cost_per_lead=Decimal("2.50"))
    spring = Campaign.objects.create(name="Spring", source=ads)
    for _ in range(4):
        make.lead(source=ads, campaign=spring)
    make.lead(source=ads)
    Spend.objects.note(ads, spring, date(2026, 11, 1), Decimal(100), by=None, at=MONDAY_9AM)

    (line,) = sources.lines(sources.Period(2026))

    assert (line.leads, line.cost, line.per_lead) == (5, Decimal("112.50"), Decimal("22.50"))
    (of_spring,) = line.campaigns
    assert (of_spring.leads, of_spring.cost, of_spring.per_lead) == (4, Decimal(100), Decimal(25))
    assert sources.lines(sources.Period(2026, 10))[0].cost == 0
    client.force_login(make.rep())
    page = client.get(reverse("sources"), {"period": "2026-11"}).content.decode()
    assert ("22.50" in page, "Save the amount" in page) == (True, False)


def test_a_marketer_edits_costs_where_they_stand(client):
    client.force_login(make.marketer())
    ads = make.source("Ads")

    client.post(reverse("source_edit", args=[ads.pk]), {"vendor": "Acme", "cost_per_lead": "3"})
    client.post(reverse("source_spend", args=[ads.pk]), {"month": "2026-05", "amount": "12.50"})
    wrong = client.post(reverse("source_spend", args=[ads.pk]), {"month": "2026-05", "amount": "-1"})

    ads.refresh_from_db()
    assert (ads.vendor, ads.cost_per_lead, spent()) == ("Acme", 3, [(None, "2026-05", "12.50")])
    assert (wrong.status_code, 'value="-1"' in wrong.content.decode()) == (422, True)
    client.post(reverse("source_spend", args=[ads.pk]), {"month": "2026-05", "amount": ""})
    assert spent() == []


def test_the_page_of_sources_costs_the_same_for_one_source_and_for_three(client, django_assert_num_queries):
    client.force_login(make.rep())
    make.source("Ads")
    client.get(reverse("sources"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("sources"))
    for name in ("Fair", "Web"):
        Campaign.objects.create(name=name, source=make.source(name))

    with django_assert_num_queries(len(one)):
        client.get(reverse("sources"))


# --- who came ---------------------------------------------------------------------------------------

WEBINAR = (
    "Email,First name,Attended,Registration time\n"
    "ann@acme.example,Ann,Yes,2026-11-10 10:00\nbo@beta.example,Bo,No,2026-11-11 10:00\n"
)


def did():
    rows = Activity.objects.order_by("at").values_list("identity__lead__first_name", "kind", "grade", "about")
    return list(rows)


def test_who_attended_is_human_confirmed_and_who_registered_is_likely():
    ann = make.lead(email="ann@acme.example", first_name="Ann")

    batch = bring(WEBINAR, event="Heat from waste water")

    assert (batch.what, counts(batch)) == ("attendance", (2, 0, 0, 0))
    assert did() == [
        ("Ann", "attended", Grade.HUMAN, "Heat from waste water"),
        ("Bo", "registered", Grade.LIKELY, "Heat from waste water"),
    ]
    assert Tally.objects.get(lead=ann).last_human_at is not None
    again = bring(WEBINAR, event="Heat from waste water", at=MONDAY_9AM + HOUR)
    assert (counts(again), len(did())) == ((0, 0, 2, 0), 2)


def test_history_is_known_since_it_happened():
    bring(WEBINAR, event="Heat", history=True)

    assert [row.known_at == row.at for row in Activity.objects.all()] == [True, True]


def test_attendance_taken_back_leaves_scores_as_they_were():
    ann = make.lead(email="ann@acme.example")
    before = Tally.objects.values().get(lead=ann)
    batch = bring(WEBINAR, event="Heat")

    said = take_back(batch)

    assert said[:2] == ["2 activities were removed.", "1 lead was removed."]
    after = Tally.objects.values().get(lead=ann)
    assert (after["sums"] or {}, after["last_human_at"]) == (before["sums"] or {}, None)
    assert list(Lead.objects.values_list("email", "first_name")) == [("ann@acme.example", "")]


def test_what_is_no_attendance_is_named_by_row_and_column():
    batch = bring(
        "email,event,date,status\na@a.example,Heat,2026-01-01,maybe\na@a.example,,2026-01-01,yes\na@a.example,Heat,,yes\n",
        what="attendance",
    )

    assert [row[:2] for row in problems(batch)] == [(2, "status"), (3, "event"), (4, "date")]
