"""The page about tracking: which sites may report, how much comes from each, and what is refused."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import sites, timeline
from leads.models import Activity, Kind, Site, Traffic
from tests import make

pytestmark = pytest.mark.django_db
SITE = "https://www.kessel.example"


@pytest.fixture
def ruth(client):
    client.force_login(make.marketer("Ruth Adler"))
    return client


def heard(origin, outcome, events, *, ago=timedelta(minutes=1)):
    sites.count({(origin, outcome): events}, timezone.now() - ago)


def test_a_marketer_lets_a_site_report_and_takes_it_back(ruth):
    ruth.post(reverse("site_add"), {"origin": "WWW.Kessel.example/pumps/?x=1"})
    ruth.post(reverse("site_add"), {"origin": SITE})
    listed = list(Site.objects.values_list("origin", flat=True))

    ruth.post(reverse("site_remove", args=[Site.objects.get().pk]))

    assert listed == [SITE]
    assert Site.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", ["", "ftp://kessel.example", "https://", "a b", "\x00", "https://[", "x" * 300]
)
def test_what_is_no_site_is_said_and_kept_in_its_box(ruth, wrong):
    answer = ruth.post(reverse("site_add"), {"origin": wrong})

    assert (answer.status_code, Site.objects.count()) == (422, 0)
    assert answer.context["form"]["origin"].value() == wrong


def test_each_site_shows_what_came_within_the_hour_and_what_was_refused(ruth):
    Site.objects.create(origin=SITE, at=timezone.now())
    heard(SITE, "taken", 7)
    heard(SITE, "taken", 900, ago=timedelta(hours=2))
    heard(SITE, "malformed", 2)
    heard("https://copy.example", "unknown site", 5)
    heard("https://old.example", "unknown site", 5, ago=timedelta(hours=2))

    _us, ours, other = ruth.get(reverse("tracking")).context["places"]

    assert (ours.origin, ours.taken, ours.refused) == (SITE, 7, {"not a report of our script": 2})
    assert (other.origin, other.site, other.refused) == (
        "https://copy.example",
        None,
        {"the site is not on the list": 5},
    )


def test_counts_of_one_slot_add_up_and_those_of_last_week_are_forgotten():
    now = timezone.now().replace(minute=32)
    sites.count({(SITE, "taken"): 1}, now - timedelta(days=8))

    for events in (2, 3):
        sites.count({(SITE, "taken"): events}, now)

    assert list(Traffic.objects.values_list("events", "slot__minute")) == [(5, 30)]


def test_the_page_asks_as_many_questions_for_three_sites_as_for_one(ruth):
    counts = []
    for more in (1, 2):
        for _each in range(more):
            Site.objects.create(origin=f"https://s{Site.objects.count()}.example", at=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            ruth.get(reverse("tracking"))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_the_script_is_small():
    assert (settings.BASE_DIR / "static/js/t.js").stat().st_size <= 2048


def test_a_visit_reads_as_a_page_that_somebody_came_to():
    visit = Activity(
        kind=Kind.VISIT, about="/pumps/", details={"title": "Pumps", "referrer": "https://search.example/x"}
    )

    assert timeline.Done(visit).words == "/pumps/ · Pumps · from search.example"
