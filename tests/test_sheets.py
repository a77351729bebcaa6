"""Score sheets: read by all, changed by marketers where they are drafts, else in the next version."""

import pytest
from django.urls import reverse

from leads import editing, scoring, sheets
from leads.differences import differences
from leads.models import Kind, ScoreSheet, Signal
from leads.vocabulary import vocabulary
from tests import make
from tests import make_scores as made
from tests.make_scores import did
from tests.sheet_pages import BEHAVIOUR, TITLED, WHO, add, frozen, save, typed

pytestmark = pytest.mark.django_db
MONDAY = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    user = make.marketer("Ruth Amaro")
    client.force_login(user)
    return user


def test_a_draft_is_changed_where_it_stands(client, ruth):
    sheet = made.sheet(made.rule(made.signal(), 10, label="Visits"))

    save(client, sheet, first_points=25, first_cap=50)

    assert ScoreSheet.objects.count() == 1
    assert list(sheet.rules.values_list("label", "points", "cap")) == [("Visits", 25, 50)]


def test_a_change_of_a_signed_sheet_becomes_its_next_version(client, ruth):
    opens = made.signal(Kind.OPEN)
    held = made.group(made.rule(made.signal(), 10, label="Visits"), made.rule(opens, 5, label="More"))
    sheet = frozen(*held)

    save(client, sheet, first_points=25)

    second = ScoreSheet.objects.get(number=2)
    assert list(sheet.rules.values_list("points", flat=True)) == [10, 5]
    assert list(second.rules.values_list("label", "points", "group__name", "group__cap")) == [
        ("Visits", 25, "Group", 30), ("More", 5, "Group", 30),
    ]  # fmt: skip
    assert second.groups.get() != sheet.groups.get()


def test_who_saves_what_a_colleague_has_changed_meanwhile_loses_nothing_and_is_told(client, ruth):
    sheet = made.sheet(made.rule({}, 10))
    stale = typed(sheet, first_points=25)
    editing.save(sheet, scoring.rules_of(sheet), seen=0, at=MONDAY)

    answer = client.post(reverse("score_save", args=[sheet.pk]), stale)

    assert answer.status_code == 409
    assert 'value="25"' in answer.content.decode()
    assert [rule.points for rule in sheet.rules.all()] == [10]


def test_a_line_that_is_removed_is_gone_and_an_empty_group_with_it(client, ruth):
    sheet = made.sheet(*made.group(made.rule({}, 10, label="All")), made.rule(TITLED, 5, label="Norway"))

    save(client, sheet, first_gone="on")

    assert (list(sheet.rules.values_list("label", flat=True)), sheet.groups.count()) == (["Norway"], 0)


def test_lines_go_into_a_new_group_by_one_saving(client, ruth):
    sheet = made.sheet(made.rule({}, 10))

    save(client, sheet, first_group="new", new_name="Together", new_cap=15)

    assert sheet.rules.values_list("group__name", "group__cap").get() == ("Together", 15)


def test_a_grid_is_agreed_on_the_sheet(client, ruth):
    sheet = made.sheet(made.rule({}, 10))

    save(client, sheet, fit_a=100, fit_b=50, fit_c=10, engagement_1=80, engagement_2=20)

    sheet.refresh_from_db()
    assert (sheet.fit_cuts, sheet.engagement_cuts) == ([100, 50, 10], [80, 20])


def test_a_rep_reads_a_sheet_and_finds_no_box_in_it(client):
    client.force_login(make.rep())
    sheet = made.sheet(made.rule(made.signal(), 10, label="Visits"))

    text = client.get(reverse("score_sheet", args=[sheet.pk])).content.decode()

    assert ("Visits" in text, "score-editor" in text) == (True, False)


@pytest.mark.parametrize("pages", ["sheets", "lines"])
def test_a_page_of_sheets_takes_as_many_queries_however_many_there_are(
    client, ruth, django_assert_max_num_queries, pages
):
    sheet = made.sheet(*(made.rule(made.signal(), 10, label=f"Line {n}") for n in range(3)))
    url = reverse("scores") if pages == "sheets" else reverse("score_sheet", args=[sheet.pk])

    with django_assert_max_num_queries(40):
        client.get(url)


def test_a_new_sheet_begins_with_the_lines_of_another(client, ruth):
    standard = sheets.standard("Standard", at=MONDAY)

    client.post(reverse("score_new"), {"name": "Partners", "like": standard.pk})

    mine = ScoreSheet.objects.get(name="Partners")
    assert [rule.terms() for rule in mine.rules.all()] == [rule.terms() for rule in standard.rules.all()]


# --- one line --------------------------------------------------------------------------------------------


def test_a_line_about_behaviour_makes_its_signal_and_counts_the_past(client, ruth):
    lead, sheet = make.lead(), made.sheet()
    did(lead, about="/prices/pumps")
    did(lead, about="/other")

    add(client, sheet, BEHAVIOUR)

    rule = sheet.rules.get()
    assert (rule.label, rule.signal.about_starts, rule.signal.unit) == ("Price pages", "/prices/", "day")
    assert made.points(lead, sheet) == 15


def test_a_signal_that_counts_the_same_is_used_again(client, ruth):
    there = made.signal(about_starts="/prices/", unit="day", half_life_days=30)

    add(client, sheet := made.sheet(), BEHAVIOUR)

    assert (sheet.rules.get().signal, Signal.objects.count()) == (there, 1)


def test_a_line_about_who_they_are_is_a_condition(client, ruth):
    add(client, sheet := made.sheet(), WHO, about="fit")

    assert sheet.rules.get().condition == TITLED


def test_a_line_of_a_signed_sheet_is_changed_in_the_next_version(client, ruth):
    sheet = frozen(made.rule(TITLED, 10, label="Norwegians"))
    url = reverse("score_rule", args=[sheet.pk, sheet.rules.get().pk])

    client.post(url, {**WHO, "points": "99"})

    assert [one.rules.get().points for one in ScoreSheet.objects.order_by("number")] == [10, 99]


# --- versions in words -----------------------------------------------------------------------------------


def test_what_is_different_is_said_in_words(client, ruth):
    visits, papers = made.signal(), made.signal(Kind.DOWNLOAD, half_life_days=30)
    sheet = frozen(
        made.rule(visits, 10, 60, "Visits"), made.rule(papers, 50, None, "Papers"), made.rule({}, 1)
    )
    save(client, sheet, first_points=20, first_cap="", **{f"r{sheet.rules.last().pk}_gone": "on"})
    second = ScoreSheet.objects.get(number=2)

    said = client.get(reverse("score_changes", args=[second.pk])).context["found"]

    assert said == [
        "“Visits” gives +20, before +10.",
        "“Visits” earns without a cap, before at most 60.",
        "Gone: “Rule”, +1.",
    ]


def test_another_half_life_is_a_difference_of_what_counts():
    sheet = made.sheet(made.rule(made.signal(half_life_days=30), 10, label="Visits"))
    other = made.sheet(made.rule(made.signal(half_life_days=60), 10, label="Visits"))

    said = differences(
        scoring.rules_of(sheet), scoring.rules_of(other), sheets=(sheet, other), vocabulary=vocabulary()
    )

    assert said == [
        "“Visits” counts visited a page, each time, half-life 60 days, likely human,"
        " before visited a page, each time, half-life 30 days, likely human."
    ]


def test_windows_and_caps_of_likely_evidence_are_differences_that_are_said():
    sheet = made.sheet(made.rule(made.signal(), 10, label="Visits"))
    other = made.sheet(made.rule(made.signal(window_days=90), 10, label="Visits"), likely_each=4)

    said = differences(
        scoring.rules_of(sheet), scoring.rules_of(other), sheets=(sheet, other), vocabulary=vocabulary()
    )

    assert said == [
        "“Visits” counts visited a page, each time, in the last 90 days, likely human,"
        " before visited a page, each time, likely human.",
        "One likely event earns at most 4, before without a cap.",
    ]


def test_a_window_is_typed_on_the_line_and_kept_by_its_signal(client, ruth):
    sheet = made.sheet()

    add(client, sheet, BEHAVIOUR, window_days="90")

    assert list(sheet.rules.values_list("signal__window_days", flat=True)) == [90]


def test_what_one_likely_event_earns_is_typed_on_the_sheet_and_its_next_version_has_it(client, ruth):
    sheet = frozen(made.rule(made.signal(), 10))

    save(client, sheet, likely_each=4)

    assert list(ScoreSheet.objects.values_list("likely_each", flat=True)) == [4, None]
