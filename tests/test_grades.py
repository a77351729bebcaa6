"""Fit and engagement make a grid of grades, and a card tells of any earlier day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import scoring
from leads.models import ScoreSheet
from tests import make
from tests import make_scores as made
from tests.make_scores import did
from tests.sheet_pages import TITLED, frozen, save

pytestmark = pytest.mark.django_db
MONDAY = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    user = make.marketer("Ruth Amaro")
    client.force_login(user)
    return user


def graded():
    sheet = made.sheet(
        made.rule(TITLED, 100, label="Norway"), made.rule(made.signal(), 10, label="Visits"),
        fit_cuts=[100, 50, 10], engagement_cuts=[30, 10],
    )  # fmt: skip
    norwegian, swede = make.lead(country="NO", first_name="Kari"), make.lead(country="SE")
    did(norwegian, times=3)
    scoring.rescore(sheet, MONDAY)
    return sheet, norwegian, swede


def test_the_grid_counts_leads_by_fit_and_engagement(client, ruth):
    sheet, _norwegian, _swede = graded()

    rows = client.get(reverse("score_grid", args=[sheet.pk])).context["rows"]

    found = {cell["grade"]: cell["count"] for _letter, _cut, cells in rows for cell in cells if cell["count"]}
    assert found == {"A1": 1, "D3": 1}


def test_each_count_of_the_grid_opens_its_leads(client, ruth):
    sheet, norwegian, _swede = graded()
    rows = client.get(reverse("score_grid", args=[sheet.pk])).context["rows"]

    page = client.get(rows[0][2][0]["url"])

    assert [lead.pk for lead in page.context["page"].leads] == [norwegian.pk]


def test_the_page_of_a_lead_says_its_grade(client, ruth):
    _sheet, norwegian, _swede = graded()

    assert client.get(norwegian.get_absolute_url()).context["grade"] == "A1"


# --- the card at an earlier day --------------------------------------------------------------------------


def test_the_card_tells_what_was_known_at_the_end_of_an_earlier_day(client, ruth):
    at = timezone.now() - timedelta(days=20)
    lead = make.lead(at=at)
    sheet = made.sheet(*made.group(made.rule(made.signal(at=at), 20, label="Visits"), cap=30))
    for days in (10, 5, 1):
        made.did_at(lead, timezone.now() - timedelta(days=days))

    cards = [
        client.get(lead.get_absolute_url(), {"at": f"{timezone.localdate() - timedelta(days=days)}"}).context[
            "card"
        ]
        for days in (15, 10, 5, 0)
    ]

    assert [card.total for card in cards] == [0, 20, 30, 30]
    assert [sum(line.points for line in card.lines) for card in cards] == [0, 20, 30, 30]
    assert [line.label for line in cards[-1].lines] == ["Visits", "Group together at most 30"]
    assert scoring.card(lead, sheet, timezone.now()).total == 30


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "9999-12-31", "2026-02-31", "\x00"])
def test_a_day_that_is_none_shows_the_card_of_now(client, ruth, day):
    lead, _sheet = make.lead(), made.sheet(made.rule({}, 10))

    page = client.get(lead.get_absolute_url(), {"at": day})

    assert (page.status_code, page.context["then"], page.context["card"].total) == (200, None, 10)


def test_the_card_can_be_asked_for_on_another_version(client, ruth):
    lead, sheet = make.lead(), frozen(made.rule({}, 10))
    save(client, sheet, first_points=40)

    page = client.get(lead.get_absolute_url(), {"sheet": ScoreSheet.objects.get(number=2).pk})

    assert page.context["card"].total == 40


def test_lists_show_the_newest_version_that_was_signed():
    from leads.lists.terms import shown_sheet

    sheet = frozen(made.rule({}, 10))
    second = ScoreSheet.objects.create(name=sheet.name, number=2, frozen_at=MONDAY + timedelta(days=9))
    ScoreSheet.objects.create(name=sheet.name, number=3)

    assert shown_sheet() == second
