"""Who would cross a line is named before a sheet is saved; everybody is counted in the background."""

from datetime import timedelta

import pytest
from django.urls import reverse

from leads import foresight, scoring, whatif
from leads.models import Kind, ScoreSheet, WhatIf
from leads.tasks import count_what_ifs
from tests import make
from tests import make_scores as made
from tests.make_scores import did
from tests.sheet_pages import TITLED, attempt, frozen, save, typed

pytestmark = pytest.mark.django_db
MONDAY = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    user = make.marketer("Ruth Amaro")
    client.force_login(user)
    return user


def test_who_would_cross_a_line_is_named_before_anything_is_saved(client, ruth):
    sheet = made.sheet(made.rule(made.signal(Kind.DOWNLOAD), 50, label="White papers"))
    henrik, _other = make.lead(first_name="Henrik", last_name="Moe"), make.lead()
    for _ in range(2):
        did(henrik, Kind.DOWNLOAD)

    told = attempt(client, sheet, first_points=80, marks="150").context["told"]

    assert [(one.mark, [lead.name for lead in one.rising], one.falling) for one in told.crossed] == [
        (150, ["Henrik Moe"], [])
    ]
    assert told.effect.is_exact
    assert sheet.rules.get().points == 50


def test_a_draft_is_compared_with_what_was_signed(client, ruth):
    lead, sheet = make.lead(), frozen(made.rule({}, 10))
    save(client, sheet, first_points=40)
    second = ScoreSheet.objects.get(number=2)

    told = attempt(client, second, marks="30").context["told"]

    assert [row.name for row in told.crossed[0].rising] == [lead.name]


def test_with_htmx_only_the_what_if_comes_back(client, ruth):
    sheet = made.sheet(made.rule({}, 10))
    url = reverse("score_try", args=[sheet.pk])

    text = client.post(url, typed(sheet, first_points=0), headers={"HX-Request": "true"}).content.decode()

    assert text.startswith('<section id="what-if"')
    assert "A rule of 0 points says nothing." in text


def test_everybody_is_counted_in_the_background_and_the_page_says_how_far(client, ruth, monkeypatch):
    monkeypatch.setitem(whatif.on_a_sample.__kwdefaults__, "size", 1)
    sheet = made.sheet(*made.group(made.rule({}, 10), cap=20))
    leads = [make.lead() for _ in range(3)]

    told = attempt(client, sheet, first_points=15, marks="12").context["told"]
    waiting = client.get(reverse("score_what_if", args=[told.counting.public_id])).context["told"]
    count_what_ifs()
    exact = client.get(reverse("score_what_if", args=[told.counting.public_id])).context["told"]

    assert (told.effect.is_exact, waiting) == (False, None)
    assert (exact.effect.read, exact.crossed[0].up.leads) == (3, tuple(lead.pk for lead in leads))


def test_a_question_that_is_asked_twice_is_counted_once(ruth):
    sheet = made.sheet(made.rule({}, 10))
    rules = scoring.rules_of(sheet)

    rows = [foresight.ask(sheet, rules, rules, [10], by=ruth, at=MONDAY) for _ in range(2)]

    assert rows[0] == rows[1]


def test_who_changes_the_question_withdraws_the_one_before(ruth):
    sheet = made.sheet(made.rule({}, 10))
    rules = scoring.rules_of(sheet)

    for mark in (10, 20):
        foresight.ask(sheet, rules, rules, [mark], by=ruth, at=MONDAY)

    assert [row.marks for row in WhatIf.objects.all()] == [[20]]


def test_a_count_whose_worker_died_is_begun_anew(ruth):
    make.lead()
    sheet = made.sheet(made.rule({}, 10))
    row = foresight.ask(sheet, [], scoring.rules_of(sheet), [10], by=ruth, at=MONDAY)
    WhatIf.objects.update(lease_until=MONDAY + timedelta(seconds=30))

    counts = [foresight.count_waiting(MONDAY + timedelta(seconds=late)) for late in (0, 31)]

    row.refresh_from_db()
    assert (counts, row.state, foresight.effect_of(row.effect).up(10).count) == ([0, 1], "done", 1)


def test_rules_survive_the_way_through_the_row():
    held = made.group(made.rule(made.signal(half_life_days=30), 10, 40, "Visits"), cap=60)
    sheet = made.sheet(*held, made.rule(TITLED, -5, label="Norway"), likely_cap=50, likely_each=5)

    told = foresight.plain(scoring.rules_of(sheet))

    assert foresight.plain(foresight.rules(told)) == told


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_marketer_sees_who_would_cross_before_saving_and_the_card_says_so_after(
    page, live_server, client, ruth
):
    sheet = made.sheet(made.rule(made.signal(Kind.DOWNLOAD), 50, label="White papers"))
    henrik = make.lead(first_name="Henrik", last_name="Moe")
    did(henrik, Kind.DOWNLOAD, times=2)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + reverse("score_sheet", args=[sheet.pk]))
    page.get_by_label("Who crosses these lines").fill("150")

    page.get_by_label("Points: White papers").fill("80")
    page.locator("#what-if").get_by_role("link", name="Henrik Moe").wait_for()
    before = sheet.rules.get().points
    page.get_by_role("button", name="Save").click()
    page.locator(".toast").wait_for()
    page.goto(live_server.url + henrik.get_absolute_url())

    assert before == 50
    assert page.locator("#score-card tfoot td").first.inner_text() == "160"
    assert "80 each" in page.locator("#score-card tbody").inner_text()
