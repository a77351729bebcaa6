"""The first page: by role, on a fresh installation, and before anybody works here."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from handoff.models import Agreement
from leads import custody
from leads.models import Custodian
from people import founding
from people.checklist import duties
from people.models import Company, Team, User
from people.models.user import ADMINISTRATORS, MARKETING, VIEWERS
from tests import make

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Ada Nord",
    "email": "ada@baton.example",
    "password": "a lead in the hand",
    "company": "Aalberg Pumps",
    "postal_address": "Kaigata 1, 4006 Stavanger",
    "country": "NO",
    "time_zone": "Europe/Oslo",
    "marketing_team": "Marketing",
    "sales_team": "Nordics",
}


def headings(page):
    """The titles of the panels, in order."""
    text = page.content.decode()
    return [part.split("</h2>")[0] for part in text.split("<header><h2>")[1:]]


def review(lead, hand, at):
    custody.hold(
        [lead.pk], hand, next_action="review", next_action_at=at, reason="No track fits", at=timezone.now()
    )


def test_a_marketer_sees_what_needs_a_decision_and_who_came_in(client):
    ruth = make.marketer("Ruth Amaro")
    hand = Custodian.of(ruth, "marketing")
    lead = make.lead(first_name="Henrik", last_name="Sandvik", holder=hand, at=timezone.now())
    review(lead, hand, timezone.now() - timedelta(hours=2))
    client.force_login(ruth)

    page = client.get("/")

    assert page.status_code == 200
    assert "Leads that need a decision" in headings(page)
    assert page.content.decode().count("Henrik Sandvik") == 2  # to be decided, and new


def test_a_lead_whose_decision_is_not_due_yet_waits_out_of_sight(client):
    ruth = make.marketer("Ruth Amaro")
    hand = Custodian.of(ruth, "marketing")
    lead = make.lead(last_name="Sandvik", holder=hand)
    review(lead, hand, timezone.now() + timedelta(hours=2))
    client.force_login(ruth)

    assert "Sandvik" not in client.get("/").content.decode()


def test_a_manager_sees_whose_next_action_is_late(client):
    ines = make.marketing_manager()
    hand = Custodian.of(make.marketer("Ruth Amaro"), "marketing")
    for _each in range(2):
        review(make.lead(holder=hand), hand, timezone.now() - timedelta(days=1))
    client.force_login(ines)

    text = client.get("/").content.decode()

    assert "2 leads overdue" in text
    assert f"/leads/?holder={hand.pk}&amp;overdue=on" in text


def test_a_rep_sees_neither_marketings_decisions_nor_what_is_late(client):
    client.force_login(make.rep())

    titles = headings(client.get("/"))

    assert {"Leads that need a decision", "What is late", "Before leads can flow"} & set(titles) == set()


def test_a_stranger_is_sent_to_sign_in(client):
    make.rep()

    assert client.get("/").headers["Location"] == f"{reverse('account_login')}?next=/"


def test_a_stranger_is_sent_to_set_up_while_nobody_works_here(client):
    assert client.get("/").headers["Location"] == "/setup/"


def test_setting_up_makes_the_administrator_the_company_two_teams_and_an_unsigned_agreement(client):
    answer = client.post("/setup/", GIVEN)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    ada = User.objects.get()
    assert (ada.email, ada.is_staff, ada.group_names) == (
        "ada@baton.example",
        True,
        frozenset([ADMINISTRATORS]),
    )
    assert (Company.current().name, Company.current().postal_address) == (
        "Aalberg Pumps",
        "Kaigata 1, 4006 Stavanger",
    )
    teams = Team.objects.values_list("side", "name", "calendar__country", "calendar__time_zone")
    assert list(teams) == [
        ("marketing", "Marketing", "NO", "Europe/Oslo"),
        ("sales", "Nordics", "NO", "Europe/Oslo"),
    ]
    assert list(Agreement.objects.values_list("team__name", "state")) == [("Nordics", "draft")]
    assert client.get("/").status_code == 200  # signed in


def from_afar(client, **given):
    return client.post("/setup/", {**GIVEN, **given}, REMOTE_ADDR="203.0.113.9")


def test_from_another_machine_setting_up_takes_the_key_of_the_installation(client):
    refused = [from_afar(client).status_code, from_afar(client, key="x").status_code]
    page = client.get(f"/setup/?key={founding.key()}", REMOTE_ADDR="203.0.113.9").content.decode()

    assert (refused, User.objects.count(), founding.key() in page) == ([422, 422], 0, True)
    assert from_afar(client, key=f" {founding.key()} ").status_code == 302
    assert User.objects.get().email == "ada@baton.example"


@pytest.mark.parametrize(
    ("address", "more"),
    [("https://baton.example", {}), ("http://127.0.0.1:8000", {"HTTP_X_FORWARDED_FOR": "203.0.113.9"})],
)
def test_behind_a_proxy_on_this_machine_the_key_is_asked_for_too(client, settings, address, more):
    settings.SITE_URL = address

    assert client.post("/setup/", GIVEN, **more).status_code == 422


def test_the_key_is_shown_where_it_runs_until_somebody_works_here(capsys):
    call_command("setup_key")
    shown = capsys.readouterr().out
    make.user()
    call_command("setup_key")

    assert (founding.key() in shown, capsys.readouterr().out) == (True, "")


def test_setting_up_keeps_what_was_typed_when_the_password_is_weak(client):
    answer = client.post("/setup/", {**GIVEN, "password": "12345678"})

    assert answer.status_code == 422
    assert 'value="Aalberg Pumps"' in answer.content.decode()
    assert "12345678" not in answer.content.decode()
    assert User.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_set_up_page_is_gone_once_somebody_works_here(client, method):
    make.rep()

    assert getattr(client, method)("/setup/", GIVEN).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_set_up_at_once_make_one_administrator():
    start, made = threading.Barrier(2), []

    def found(number):
        start.wait()
        made.append(founding.found({**GIVEN, "email": f"ada.{number}@baton.example"}, at=timezone.now()))
        connection.close()

    threads = [threading.Thread(target=found, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(by is None for by in made) == [False, True]
    assert User.objects.count() == 1


def test_the_checklist_of_a_fresh_installation_has_seven_lines_of_which_three_are_done(client):
    client.post("/setup/", GIVEN)

    done = [(line.label, line.is_done) for line in duties()]

    assert done == [
        ("Name the company and its postal address", True),
        ("Set the working hours and holidays", True),
        ("Make a marketing team and a sales team", True),
        ("Invite a marketer and a sales rep", False),
        ("Sign the first agreement, both sides", False),
        ("Publish the first track", False),
        ("Import the first leads", False),
    ]
    assert "3 of 7 done" in client.get("/").content.decode()


def test_every_line_of_the_checklist_leads_to_a_page(client):
    client.post("/setup/", GIVEN)

    assert {client.get(line.url).status_code for line in duties()} == {200}


def test_the_checklist_ends(client):
    client.post("/setup/", GIVEN)
    make.marketer(team=Team.objects.get(name="Marketing"))
    make.rep(team=Team.objects.get(name="Nordics"))
    make.agreement(Team.objects.get(name="Nordics"))
    make.track()
    assert "6 of 7 done" in client.get("/").content.decode()

    make.lead()

    assert all(line.is_done for line in duties())
    assert "Before leads can flow" not in client.get("/").content.decode()


def test_the_first_page_asks_as_many_questions_for_three_leads_as_for_one(client):
    ruth = make.user("Ruth Amaro", groups=[MARKETING, VIEWERS], team=make.team("Marketing", "marketing"))
    hand = Custodian.of(ruth, "marketing")
    client.force_login(ruth)
    counts = []
    for more in (1, 2):
        for _each in range(more):
            review(make.lead(holder=hand, at=timezone.now(), account=make.account()), hand, timezone.now())
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        counts.append(len(asked))

    assert counts[0] == counts[1]
