"""What people outside can do with an address from a mail, and what machines can't."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from leads import visitors
from leads.models import Activity, Consent, Knock, Lead, Site, Suppression
from nurture import links
from nurture.models import Touch
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def touch():
    """A mail that arrived an hour ago, with two links."""
    from nurture.enrolling import enroll

    at = timezone.now() - timedelta(hours=1)
    lead = make.lead(email="ada@x.example", at=at)
    enroll([lead.pk], make.track(), reason="fits", at=at)
    made = lead.touches.get()
    places = ["https://a.example/?x=1&y=2", "https://b.example/"]
    for change in (
        {"state": "claimed", "token": made.public_id, "lease_until": at},
        {"state": "sending"},
        {"state": "sent", "sent_at": at, "links": places},
    ):
        Touch.objects.filter(pk=made.pk).update(**change)
    made.refresh_from_db()
    return made


def follow(touch, number=0):
    return links.follow_address(touch.public_id, number).removeprefix("http://127.0.0.1:8000")


def unsubscribe(touch):
    return links.unsubscribe_address(touch.public_id).removeprefix("http://127.0.0.1:8000")


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"


def clicks():
    made = Activity.objects.graded().filter(kind="click")
    return list(made.order_by("id").values_list("about", "graded"))


def test_a_click_is_recorded_and_leads_to_the_stored_place(client, touch):
    answer = client.get(follow(touch))

    assert (answer.status_code, answer["Location"]) == (302, "https://a.example/?x=1&y=2")
    assert clicks() == [("https://a.example/?x=1&y=2", 2)]


def test_a_site_that_reports_to_us_hears_who_comes_and_by_which_request_but_for_a_look(client, touch):
    Site.objects.create(origin="https://a.example", at=touch.sent_at)

    person, machine = client.get(follow(touch)), client.head(follow(touch))

    address, _sign, words = person["Location"].partition("&baton=")
    assert (address, visitors.introduced(unquote(words))) == (
        touch.links[0],
        (touch.lead, Knock.objects.earliest("pk").pk),
    )
    assert machine["Location"] == touch.links[0]
    assert client.get(follow(touch, 1))["Location"] == touch.links[1]


def test_a_look_without_a_visit_is_a_machine(client, touch):
    assert client.head(follow(touch)).status_code == 302

    assert clicks() == [("https://a.example/?x=1&y=2", 1)]


def test_a_second_link_within_seconds_is_a_machine(client, touch):
    client.get(follow(touch, 0))
    client.get(follow(touch, 1))

    assert [grade for _about, grade in clicks()] == [1, 1]


def test_a_click_at_the_moment_of_delivery_is_a_machine(client, touch):
    Touch.objects.filter(pk=touch.pk).update(sent_at=timezone.now())

    client.get(follow(touch))

    assert [grade for _about, grade in clicks()] == [1]


def test_a_gateway_that_tries_everything_changes_nothing_but_its_own_trace(client, touch):
    Touch.objects.filter(pk=touch.pk).update(sent_at=timezone.now())

    for number in (0, 1):
        client.head(follow(touch, number))
        client.get(follow(touch, number))
    client.get(unsubscribe(touch))
    client.head(unsubscribe(touch))

    assert {grade for _about, grade in clicks()} == {1}
    assert (Consent.objects.count(), Lead.objects.get().refused) == (0, [])
    assert Lead.objects.get().tally.last_human_at is None


def test_the_visitor_gets_through_even_when_recording_fails(client, touch, monkeypatch, caplog):
    from nurture.views import public

    def broken(*args, **kwargs):
        raise RuntimeError("the database is full")

    monkeypatch.setattr(public, "record_click", broken)

    assert client.get(follow(touch))["Location"] == "https://a.example/?x=1&y=2"
    assert [record.message for record in caplog.records] == [f"a click on touch {touch.pk} is lost"]


@pytest.mark.parametrize("kind", ["/c/{}/", "/u/{}/"])
@pytest.mark.parametrize("bend", ["x", "", "é", "=" * 40, "A" * 39, "A" * 4000])
def test_an_address_that_we_did_not_make_is_not_found(client, touch, kind, bend):
    assert client.get(kind.format(bend or "0")).status_code == 404


def test_a_token_fits_its_own_lock_only(client, touch):
    token = links.token(touch.public_id, salt=links.FOLLOW)

    assert client.get(f"/u/{token}/").status_code == 404
    assert client.get(f"/c/{token[:-2]}{'AA' if token[-2:] != 'AA' else 'BB'}/").status_code == 404
    assert client.get(follow(touch, 2)).status_code == 404


def test_links_can_not_be_posted_to(client, touch):
    assert client.post(follow(touch)).status_code == 405


# --- the way out --------------------------------------------------------------------------------------


def test_the_page_shows_and_does_nothing_until_told(client, touch):
    answer = client.get(unsubscribe(touch))

    assert answer.status_code == 200
    assert b"ada@x.example" in answer.content
    assert (Consent.objects.count(), Lead.objects.get().refused) == (0, [])


def test_one_click_of_a_mail_program_ends_it(touch):
    from django.test import Client

    stranger = Client(enforce_csrf_checks=True)

    answer = stranger.post(unsubscribe(touch), {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.content) == (200, b"Unsubscribed")
    assert Lead.objects.get().refused == ["email"]
    assert list(Suppression.objects.values_list("channel", "address")) == [("email", "ada@x.example")]
    assert [activity.kind for activity in Activity.objects.all()] == ["unsubscribed"]


def test_telling_twice_is_told_once(client, touch):
    for _ in range(2):
        assert client.post(unsubscribe(touch)).status_code == 200

    assert Consent.objects.count() == 1
    assert b"No more e-mails" in client.get(unsubscribe(touch)).content
