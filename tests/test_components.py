"""The components of every page: what they say, and what they never say by colour alone."""

import re
from types import SimpleNamespace

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.urls import reverse

from config import context
from handoff import demo
from people import badges, charts, samples
from people.clock import Clock
from people.models.user import (
    ADMINISTRATORS,
    MARKETING,
    MARKETING_MANAGERS,
    SALES,
    SALES_MANAGERS,
    VIEWERS,
)
from tests import make

LATE = Clock("late", "1:02", "late", 100)
OPEN = Clock("open", "3:38", "left", 9)
NOBODY = samples.Custody("none", "", "", since=None, next_action_at=None)
MARIT = samples.Custody("sales", "Marit Dahl", "Accept or reject")


def shown(source, **names):
    return Template(source).render(Context(names)).strip()


def drawn_by_words(html):
    """The words of a fragment, one line each, without its tags."""
    return [line for line in re.sub(r"<[^>]+>", "\n", html).split("\n") if line.strip()]


# --- whose hand -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("side", "words"),
    [
        ("marketing", "Marketing holds it"),
        ("sales", "Sales holds it"),
        ("passing", "Passing"),
        ("dropped", "No holder"),
        ("none", "Nobody&#x27;s turn"),
    ],
)
def test_a_mark_says_in_words_whose_hand_it_shows(side, words):
    assert f'aria-label="{words}"' in shown("{% mark side %}", side=side)


def test_a_mark_beside_its_words_is_silent():
    html = shown('{% mark "sales" label="" %}')

    assert ('aria-hidden="true"' in html, "aria-label" in html) == (True, False)


@pytest.mark.parametrize(
    ("who", "letters"), [("Marit Dahl", "MD"), ("Slow burn", "SB"), ("Ola", "O"), ("", "?"), (None, "?")]
)
def test_a_hand_shows_the_first_letters_of_two_names(who, letters):
    assert shown("{{ who|initials }}", who=who) == letters


def test_a_name_cannot_break_out_of_its_hand():
    assert "<b>" not in shown("{% hand who %}", who="<b>Bobby</b>")


# --- the baton --------------------------------------------------------------------------------------
def test_the_baton_says_who_what_by_when_and_who_else():
    html = shown('{% baton custody clock after="Jonas Weil" %}', custody=MARIT, clock=OPEN)

    assert drawn_by_words(html) == [
        "MD", "Holds it", "Marit Dahl ", "since 17 Nov, 09:02", "Next", "Accept or reject",
        "By", "Tue 17 Nov, 09:02", "3:38 left", "else", "Jonas Weil",
    ]  # fmt: skip


@pytest.mark.parametrize(("clock", "late"), [(LATE, True), (OPEN, False), (None, False)])
def test_only_a_late_baton_alarms(clock, late):
    assert ("data-late" in shown("{% baton custody clock %}", custody=MARIT, clock=clock)) is late


def test_a_dropped_baton_says_so_in_words():
    html = shown("{% baton custody %}", custody=NOBODY)

    assert "data-dropped" in html
    assert drawn_by_words(html) == ["?", "Holds it", "Nobody", "Next", "Nothing agreed", "By", "No date"]


def test_a_clock_that_is_not_there_shows_nothing():
    assert shown("{% clock clock %}", clock=None) == ""


@pytest.mark.parametrize(("used", "width"), [(-4, 0), (9.4, 9), (57, 57), (340, 100), (None, 0)])
def test_a_rod_stays_within_its_promise(used, width):
    assert f'<rect width="{width}"' in shown("{% rod used %}", used=used)


# --- figures ----------------------------------------------------------------------------------------
def test_the_lines_of_a_score_card_stand_above_their_sum():
    card = samples.Card((samples.Line("Whitepaper", 44, "50 on 5 Nov"), samples.Line("Left us", -20)))

    html = shown("{% score_card card line=320 %}", card=card)

    assert drawn_by_words(html) == [
        "Line", "Points", "Whitepaper ", "50 on 5 Nov", "+44", "Left us", "−20",
        "Score", "24", "Needed", "320",
    ]  # fmt: skip


@pytest.mark.parametrize(("kept", "of", "marked"), [(4, 5, False), (3, 4, True), (0, 0, False)])
def test_a_share_under_the_agreed_one_is_marked(kept, of, marked):
    assert ("data-under" in shown("{% share kept of under=80 %}", kept=kept, of=of)) is marked


def test_the_longest_bar_is_the_whole_width():
    rows = charts.bars([("Trade shows", 47), ("Podcast", 3, "three", "/podcast/", "out"), ("Fax", 0)])

    assert [(row["width"], row["shown"], row["url"], row["kind"]) for row in rows] == [
        (100, 47, "", ""),
        (6.38, "three", "/podcast/", "out"),
        (0, 0, "", ""),
    ]


def test_bars_of_nothing_have_no_length():
    assert [row["width"] for row in charts.bars([("Fax", 0), ("Telex", None)])] == [0, 0]


def test_a_line_runs_from_zero_to_the_highest():
    drawn = charts.line([("42", 0), ("43", 5), ("44", 10)], goal=5)

    assert [(point["x"], point["y"]) for point in drawn["points"]] == [(0, 96), (50, 56), (100, 16)]
    assert (drawn["goal_y"], drawn["most"], len(drawn["pairs"])) == (56, 10, 2)


def test_a_line_makes_room_for_a_goal_above_it():
    assert charts.line([("42", 5)], goal=10)["points"][0]["y"] == 56


def test_a_line_of_nothing_is_empty():
    assert charts.line([])["points"] == []


def test_too_few_cases_are_not_called_a_share():
    html = shown("{% intervals rows least=10 %}", rows=[("Podcast", 0.21, 0.67, 0.94, 3)])

    assert drawn_by_words(html) == ["Podcast", "not enough data ", "21 to 94, of 3"]


def test_enough_cases_show_share_and_interval():
    html = shown("{% intervals rows least=10 %}", rows=[("Fairs", 0.75, 0.87, 0.94, 47)])

    assert drawn_by_words(html) == ["Fairs", "87 %", "75 to 94, of 47"]


# --- what every page knows --------------------------------------------------------------------------
def reader(*groups):
    request = HttpRequest()
    request.path = "/leads/"
    request.user = SimpleNamespace(is_authenticated=True, is_in=lambda *names: bool({*groups} & {*names}))
    return request


@pytest.fixture
def every_page(monkeypatch):
    """Every page has an address, and nothing waits on it."""
    monkeypatch.setattr(context, "address", lambda name: f"/{name}/")
    monkeypatch.setattr(badges, "_counts", {})


@pytest.mark.parametrize(
    ("group", "pages"),
    [
        (SALES, ["Inbox", "Leads", "Accounts", "Agreements"]),
        (SALES_MANAGERS, ["Inbox", "Leads", "Accounts", "Tracks", "Agreements", "SLA"]),
        (MARKETING, ["Worklist", "Leads", "Accounts", "Tracks", "Agreements"]),
        (MARKETING_MANAGERS, ["Worklist", "Leads", "Accounts", "Tracks", "Agreements", "SLA"]),
        (VIEWERS, ["Leads", "Accounts", "Tracks", "Agreements", "SLA"]),
        (ADMINISTRATORS, ["Worklist", "Leads", "Accounts", "Tracks", "Agreements", "SLA"]),
    ],
)
def test_each_role_sees_the_pages_of_its_day(every_page, group, pages):
    assert [item.label for item in context.navigation(reader(group))] == pages


def test_the_page_one_is_on_is_marked(every_page):
    assert [item.label for item in context.navigation(reader(SALES)) if item.current] == ["Leads"]


def test_a_page_that_does_not_exist_is_not_offered(monkeypatch):
    monkeypatch.setattr(context, "PAGES", (("no_such_page", "Fax", "printer", (SALES,)),))

    assert context.navigation(reader(SALES)) == []


def test_what_waits_is_counted_beside_its_page(every_page, monkeypatch):
    monkeypatch.setattr(badges, "_counts", {"inbox": lambda user, at: 6})
    counts = {item.label: item.count for item in context.navigation(reader(SALES))}

    assert counts == {"Inbox": 6, "Leads": 0, "Accounts": 0, "Agreements": 0}


def test_what_is_opened_once_a_week_stands_behind_more_under_its_heading(every_page):
    found = [
        (heading, [item.label for item in items]) for heading, items in context.more(reader(SALES_MANAGERS))
    ]

    assert found == [
        ("Where leads come from", ["Assets"]),
        ("What is known of them", ["Scores", "Evidence", "Activities"]),
        ("The house", ["Outbox", "Exports"]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choice", "cookie"), [("dark", "dark"), ("light", "light"), ("system", ""), ("pink", "")]
)
def test_the_theme_is_remembered_and_system_forgets_it(client, choice, cookie):
    client.cookies["theme"] = "light"

    answer = client.post(reverse("theme"), {"theme": choice, "next": "/leads/"})

    assert (answer.url, answer.cookies["theme"].value) == ("/leads/", cookie)


@pytest.mark.django_db
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_choosing_a_theme_never_leads_out_of_the_house(client, elsewhere):
    assert client.post(reverse("theme"), {"theme": "dark", "next": elsewhere}).url == "/"


@pytest.mark.django_db
def test_looking_at_the_theme_changes_nothing(client):
    assert client.get(reverse("theme")).status_code == 405


@pytest.mark.django_db
def test_a_page_wears_the_chosen_theme(client):
    client.cookies["theme"] = "dark"

    assert '<html lang="en" data-theme="dark">' in client.get(reverse("account_login")).content.decode()


@pytest.mark.django_db
def test_a_cookie_with_another_theme_is_not_believed(client):
    client.cookies["theme"] = '"><b>'

    assert '<html lang="en">' in client.get(reverse("account_login")).content.decode()


@pytest.mark.django_db
def test_signing_in_brings_no_toast_about_it(client):
    rep = make.rep("Marit Dahl")
    rep.set_password("a good long one")
    rep.save()

    page = client.post(
        reverse("account_login"),
        {"login": rep.email, "password": "a good long one", "next": reverse("notices")},
        follow=True,
    )

    assert [str(message) for message in page.context["messages"]] == []


@pytest.mark.django_db
def test_an_offer_that_waits_is_counted_in_the_bar_of_its_rep():
    offer = make.handoff().offers.get()

    assert badges.count_of("inbox", offer.user, make.MONDAY_9AM) == 1
    assert badges.count_of("inbox", make.rep(), make.MONDAY_9AM) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_demo", "people"), [(True, [person.email for person in demo.ACCOUNTS]), (False, [])]
)
def test_only_a_demo_opens_its_accounts_by_one_click(client, settings, is_demo, people):
    settings.DEMO = is_demo

    door = client.get(reverse("account_login")).content.decode()

    assert re.findall(r'name="login" value="([^"]+)"', door) == people
    assert (demo.PASSWORD in door) is is_demo


@pytest.mark.django_db
def test_a_demo_account_comes_in_by_its_button(client, settings):
    settings.DEMO = True
    person = demo.ACCOUNTS[0]
    user = make.rep(person.name)
    user.email = person.email
    user.set_password(demo.PASSWORD)
    user.save()

    answer = client.post(
        reverse("account_login"), {"login": person.email, "password": demo.PASSWORD, "next": "/leads/"}
    )

    assert (answer.status_code, answer.url) == (302, "/leads/")
