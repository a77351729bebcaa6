"""A browser is a visitor until somebody says who they are, and two people on it stay two."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads import activities, following, partitions, seals, visitors
from leads.activities import Event
from leads.models import Activity, Form, Identity, Kind, Tally
from nurture.clicks import record_click
from tests import make
from tests import make_scores as made
from tests.sending import HOME
from tests.sending import sent as sent_mail

MONDAY = make.MONDAY_9AM
HOUR = timedelta(hours=1)
BROWSER = uuid.UUID(int=7)
pytestmark = pytest.mark.django_db


def visit(page, at=MONDAY):
    """The browser reads a page, as whoever it is by now."""
    thread = Identity.objects.get_or_create(key=BROWSER, defaults={"at": at})[0]
    activities.record([Event(thread.pk, Kind.VISIT, at, f"{page} {at}", about=page)], known_at=at)


def pages_of(lead):
    return list(
        Activity.objects.filter(identity__lead=lead, kind=Kind.VISIT)
        .order_by("at")
        .values_list("about", flat=True)
    )


def test_who_identifies_themselves_takes_what_they_did_before_and_does_afterwards():
    made.signal()
    lead = make.lead()
    visit("/before/")

    visitors.identify(BROWSER, lead, at=MONDAY)
    visit("/after/", MONDAY + HOUR)

    assert pages_of(lead) == ["/before/", "/after/"]
    assert Tally.objects.get(lead=lead).sums == [2]


def test_a_second_person_on_the_same_browser_starts_a_thread_of_their_own():
    made.signal()
    henrik, freya = make.lead(), make.lead()
    visit("/both/")
    visitors.identify(BROWSER, henrik, at=MONDAY)
    visit("/henrik/", MONDAY + HOUR)

    visitors.identify(BROWSER, freya, at=MONDAY + 2 * HOUR)
    visit("/freya/", MONDAY + 3 * HOUR)
    visitors.identify(BROWSER, henrik, at=MONDAY + 4 * HOUR)
    visit("/henrik/again/", MONDAY + 5 * HOUR)

    assert pages_of(henrik) == ["/both/", "/henrik/", "/henrik/again/"]
    assert pages_of(freya) == ["/freya/"]
    assert [Tally.objects.get(lead=lead).sums for lead in (henrik, freya)] == [[3], [1]]


def test_who_identifies_themselves_twice_is_on_one_thread():
    lead = make.lead()
    visit("/")

    for hours in range(3):
        visitors.identify(BROWSER, lead, at=MONDAY + hours * HOUR)

    assert Identity.objects.filter(lead=lead, key=BROWSER).count() == 1
    assert lead.identities.count() == 2  # their own, and the browser's


def test_a_browser_that_was_never_seen_is_known_from_then_on():
    lead = make.lead()

    visitors.identify(BROWSER, lead, at=MONDAY)
    visit("/after/", MONDAY + HOUR)

    assert pages_of(lead) == ["/after/"]


@pytest.mark.parametrize("text", ["", "x", "\x00", "7" * 33, "\ud800", "7" * 1000])
def test_what_is_no_key_is_nobody(text):
    assert visitors.read(text) is None


def test_an_introduction_names_one_lead_for_a_few_minutes(time_machine):
    lead = make.lead()
    time_machine.move_to(MONDAY)
    words = visitors.introduction(lead, 7)

    now = visitors.introduced(words)
    time_machine.shift(visitors.FRESH + timedelta(seconds=1))

    assert now == (lead, 7)
    assert (visitors.introduced(words), visitors.introduced(words[:-1])) == (None, None)


# --- on a form --------------------------------------------------------------------------------------


@pytest.fixture
def form():
    make.marketing_manager()
    return Form.objects.create(slug="guide", title="The pump guide", source=make.source("Website"))


def sent(form, **details):
    seal = seals.Seal.new(form, timezone.now() - timedelta(minutes=1))
    who = {"email": "henrik@aalberg.example", "first_name": "Henrik", "last_name": "Sandvik"}
    return {"seal": str(seal), **who, **details}


@pytest.mark.parametrize("carried", ["box", "cookie"])
def test_who_sends_a_form_takes_the_visits_of_their_browser(form, carried):
    visit("/pumps/", timezone.now())
    client = Client()
    if carried == "cookie":
        client.cookies[visitors.COOKIE] = BROWSER.hex
    more = {visitors.BOX: BROWSER.hex} if carried == "box" else {}

    answer = client.post("/f/guide/", sent(form, **more))

    assert answer.headers["Location"] == reverse("form_thanks", args=["guide"])
    submission = form.submissions.get()
    assert pages_of(submission.lead) == ["/pumps/"]
    assert visitors.BOX not in submission.answers


def test_who_sends_a_form_shows_that_the_quick_clicks_of_their_browser_were_theirs(
    form, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setattr(partitions, "_made", set())  # what is made here is gone with the test
    lead = make.lead(email="henrik@aalberg.example")
    touch, at = sent_mail(lead, at=timezone.now() - timedelta(hours=1)), timezone.now()
    for knock in [record_click(touch, number, HOME, at=at) for number in (0, 1)]:
        following.arrive(BROWSER, lead, knock.pk, hands=False, at=at)
    graded = Activity.objects.graded().filter(kind=Kind.CLICK).values_list("graded", flat=True)
    held = list(graded)

    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/f/guide/", sent(form, **{visitors.BOX: BROWSER.hex}))

    assert (held, list(graded.all())) == ([1, 1], [2, 2])


@pytest.mark.parametrize("key", ["", "nonsense", "\x00", "g" * 32])
def test_a_form_without_a_key_of_a_browser_is_a_form_all_the_same(form, key):
    Client().post("/f/guide/", sent(form, **{visitors.BOX: key}))

    assert form.submissions.get().outcome == "admitted"


def test_a_key_in_the_address_of_a_form_joins_nobodys_visits(form):
    visit("/pumps/", timezone.now())
    page = Client().get(f"/f/guide/?baton_v={BROWSER.hex}").content.decode()

    Client().post(f"/f/guide/?baton_v={BROWSER.hex}", sent(form))

    assert (BROWSER.hex in page, Identity.objects.get(key=BROWSER).lead) == (False, None)


def test_a_refused_form_identifies_nobody(form):
    visit("/pumps/", timezone.now())

    Client().post("/f/guide/", sent(form, email="henrik", **{visitors.BOX: BROWSER.hex}))

    assert Identity.objects.get(key=BROWSER).lead is None
