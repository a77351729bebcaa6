"""The public form: a stranger becomes a lead in one commit, and nothing that was sent is lost."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Activity, Consent, Form, Lead, Site, Submission
from leads.signals import consultation_requested
from people.models import User
from tests import make
from tests.forms import a_form, filled, labels, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return a_form()


@pytest.fixture
def heard():
    """What sales is told, in place of handoff."""
    calls, receivers = [], consultation_requested.receivers

    def hear(sender, **news):
        calls.append((news["lead"].email, news["preferred_times"], news["words"]))

    consultation_requested.receivers = []
    consultation_requested.sender_receivers_cache.clear()
    consultation_requested.connect(hear, weak=False)
    yield calls
    consultation_requested.receivers = receivers
    consultation_requested.sender_receivers_cache.clear()


def test_a_stranger_sees_the_questions_without_signing_in(client, form):
    page = client.get("/f/guide/")

    assert page.status_code == 200
    assert labels(page) == ["Job title", "Employees", "Wants to buy by"]
    assert client.cookies == {}


def test_a_stranger_becomes_a_lead_with_what_they_said(client, form):
    answer = client.post("/f/guide/", filled(form, field_employees="640", consent="on"))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/f/guide/thanks/")
    lead = Lead.objects.get()
    assert (lead.name, lead.source.name, lead.account.name) == ("Henrik Sandvik", "Website", "Aalberg Dairy")
    assert (lead.facts["title"], lead.account.facts["employees"]) == ("Vice President", 640)
    assert list(Consent.objects.values_list("lead", "channel", "given")) == [(lead.pk, "email", True)]
    submission = Submission.objects.get()
    assert (submission.lead, submission.outcome, submission.answers["field_employees"]) == (
        lead,
        "admitted",
        "640",
    )
    assert list(Activity.objects.values_list("kind", "about", "identity__lead")) == [
        ("form", "/f/guide/", lead.pk)
    ]


def test_a_known_address_gets_the_very_same_answer_and_stays_one_person(client, form):
    known = make.lead(email="Henrik@Aalberg.example", first_name="H.")
    first = client.post("/f/guide/", filled(form))
    unknown = client.post("/f/guide/", filled(form, email="somebody@else.example"))

    assert (first.status_code, first.headers["Location"], first.content) == (
        unknown.status_code,
        unknown.headers["Location"],
        unknown.content,
    )
    assert Lead.objects.count() == 2
    known.refresh_from_db()
    assert (known.first_name, known.last_name) == (
        "H.",
        "Sandvik",
    )  # blanks are filled, nothing is overwritten


def test_who_asks_to_talk_reaches_sales_in_the_same_transaction(client, form, heard):
    client.post("/f/guide/", filled(form, talk_to_sales="on", preferred_times="Thursday morning"))

    assert heard == [("henrik@aalberg.example", "Thursday morning", "")]
    assert sorted(Activity.objects.values_list("kind", flat=True)) == ["form", "talk_to_sales"]
    assert list(Submission.objects.values_list("talk_to_sales", "preferred_times")) == [
        (True, "Thursday morning")
    ]


def test_who_does_not_ask_is_left_in_peace(client, form, heard):
    client.post("/f/guide/", filled(form, preferred_times="Thursday morning"))

    assert heard == []


def test_a_form_without_talk_to_sales_cannot_be_made_to_ring(client, form, heard):
    Form.objects.update(talk_to_sales=False)
    form.refresh_from_db()

    client.post("/f/guide/", filled(form, talk_to_sales="on"))

    assert (heard, Submission.objects.get().talk_to_sales) == ([], False)


def test_when_sales_cannot_be_told_nothing_is_half_done_and_what_was_sent_is_kept(form, heard):
    def fall(sender, **news):
        raise RuntimeError("sales is away")

    consultation_requested.connect(fall, weak=False)
    answer = Client(raise_request_exception=False).post("/f/guide/", filled(form, talk_to_sales="on"))

    assert answer.status_code == 500
    assert (Lead.objects.count(), Activity.objects.count()) == (0, 0)
    assert refused() == ["It could not be taken up; the log says why"]
    assert Submission.objects.get().answers["email"] == "henrik@aalberg.example"


def test_where_nobody_can_hold_a_lead_what_was_sent_is_kept_and_the_visitor_told(client, form):
    User.objects.update(is_active=False)

    answer = client.post("/f/guide/", filled(form))

    assert answer.status_code == 422
    assert "It is kept" in answer.content.decode()
    assert len(refused()) == 1


def test_the_same_page_sent_twice_is_one_submission(client, form):
    sent = filled(form)

    for _twice in range(2):
        assert client.post("/f/guide/", sent).status_code == 302

    assert (Submission.objects.count(), Activity.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_page_sent_twice_at_once_is_one_submission(form):
    sent, start, codes = filled(form, talk_to_sales=""), threading.Barrier(2), []

    def send():
        start.wait()
        codes.append(Client().post("/f/guide/", sent).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [302, 302]
    assert (Submission.objects.count(), Lead.objects.count()) == (1, 1)


def test_no_cookie_is_needed_and_no_other_site_learns_anything(form):
    client = Client(enforce_csrf_checks=True)

    assert client.post("/f/guide/", filled(form)).status_code == 302


LINE = '/static/js/t.js"{} async></script>'


@pytest.mark.parametrize(("asks", "mark"), [(True, " data-consent"), (False, "")])
def test_once_a_site_reports_a_hosted_form_does_too_where_readers_agreed(client, form, settings, asks, mark):
    settings.TRACKING_ASKS = asks
    before = client.get("/f/guide/").content.decode()
    Site.objects.create(origin="https://www.kessel.example", at=timezone.now())

    pages = [client.get(place).content.decode() for place in ("/f/guide/", "/f/guide/embedded/")]

    assert ["t.js" in page for page in (before, *pages)] == [False, True, False]
    assert LINE.format(mark) in pages[0]


def test_who_is_signed_in_acts_as_a_stranger_all_the_same(client, form):
    client.force_login(make.rep("Marit Dahl"))

    client.post("/f/guide/", filled(form))

    assert Lead.objects.get().email == "henrik@aalberg.example"


def test_the_page_is_not_kept_by_caches(client, form):
    assert "no-store" in client.get("/f/guide/").headers["Cache-Control"]


def test_the_thanks_name_what_was_promised(client, form):
    Form.objects.update(thanks="The guide is on its way.")

    assert "The guide is on its way." in client.get("/f/guide/thanks/").content.decode()


def test_admitting_costs_as_many_questions_however_many_boxes_there_are(client, form):
    counts = []
    for number, more in enumerate(({}, {"field_employees": "640", "field_buys_by": "2027-01-01"})):
        with CaptureQueriesContext(connection) as asked:
            client.post("/f/guide/", filled(form, email=f"{number}@x{number}.example", company="", **more))
        counts.append(len(asked))

    assert counts[1] <= counts[0] + 4  # the company's own facts are a second table
