"""The public form: a stranger becomes a lead in one commit, and nothing that was sent is lost."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import asking
from leads.models import Activity, Consent, Field, Form, Lead, Question, Submission
from leads.signals import consultation_requested
from people.models import User
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    make.marketing_manager()
    made = Form.objects.create(
        slug="guide",
        title="The pump guide",
        source=make.source("Website"),
        consent_text="You may write to me.",
    )
    for place, (key, required) in enumerate((("title", True), ("employees", False), ("buys_by", False)), 1):
        field = Field.objects.get(key=key)
        Question.objects.create(form=made, field=field, position=place, required=required)
    return made


def filled(form, *, opened=timedelta(minutes=1), **details):
    """What a stranger's browser sends who opened the page a minute ago."""
    seal = asking.Seal.new(form, timezone.now() - opened)
    given = {
        "seal": str(seal),
        "email": "henrik@aalberg.example",
        "first_name": "Henrik",
        "last_name": "Sandvik",
        "company": "Aalberg Dairy",
        "field_title": "Vice President",
    }
    return {**given, **details}


def refused():
    return list(Submission.objects.filter(outcome="refused").values_list("refusal", flat=True))


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
    assert [box.label for box in page.context["questions"].between] == [
        "Job title",
        "Employees",
        "Wants to buy by",
    ]
    assert client.cookies == {}


def test_a_form_that_is_not_live_is_not_there(client, form):
    Form.objects.update(is_live=False)

    assert client.get("/f/guide/").status_code == 404
    assert client.post("/f/guide/", filled(form)).status_code == 404


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


@pytest.mark.parametrize(
    ("wrong", "box"),
    [
        ({"email": "henrik"}, "email"),
        ({"email": ""}, "email"),
        ({"field_title": ""}, "field_title"),
        ({"field_employees": "many"}, "field_employees"),
        ({"field_buys_by": "2026-02-30"}, "field_buys_by"),
        ({"first_name": "x" * 121}, "first_name"),
        ({"last_name": "NUL\x00"}, "last_name"),
        ({"field_title": "x" * 2001}, "field_title"),
    ],
)
def test_what_is_wrong_is_marked_kept_in_its_box_and_kept_for_us(client, form, wrong, box):
    answer = client.post("/f/guide/", filled(form, **wrong))

    assert answer.status_code == 422
    assert list(answer.context["questions"].errors) == [box]
    assert 'value="Aalberg Dairy"' in answer.content.decode()
    assert (Lead.objects.count(), Submission.objects.count()) == (0, 1)
    assert Submission.objects.get().refusal.startswith(f"{box}: ")
    kept = Submission.objects.get().answers[box]
    assert kept == next(iter(wrong.values())).replace("\x00", "\ufffd")


def test_a_corrected_form_is_admitted_after_it_was_refused(client, form):
    sent = filled(form, email="henrik")
    again = client.post("/f/guide/", sent).context["seal"]

    client.post("/f/guide/", {**sent, "seal": str(again), "email": "henrik@aalberg.example"})

    assert sorted(Submission.objects.values_list("outcome", flat=True)) == ["admitted", "refused"]


@pytest.mark.parametrize("seal", ["", "forged", "gAAAA:1:2", "\x00"])
def test_a_page_without_our_seal_loses_nothing_that_was_typed(client, form, seal):
    answer = client.post("/f/guide/", filled(form, seal=seal))

    assert answer.status_code == 422
    assert 'value="Henrik"' in answer.content.decode()
    assert (Lead.objects.count(), len(refused())) == (0, 1)

    retry = filled(form, seal=str(answer.context["seal"]))
    asking_later = asking.SOONEST
    asking.SOONEST = timedelta(0)
    try:
        assert client.post("/f/guide/", retry).status_code == 302
    finally:
        asking.SOONEST = asking_later


def test_the_seal_of_one_form_does_not_open_another(client, form):
    other = Form.objects.create(slug="other", title="Other", source=form.source)

    seal = asking.Seal.new(other, timezone.now() - timedelta(minutes=1))

    answer = client.post("/f/guide/", filled(form, seal=str(seal)))

    assert (answer.status_code, Lead.objects.count()) == (422, 0)


def test_a_machine_that_answers_at_once_is_asked_again_and_a_person_is_not(client, form):
    quick = client.post("/f/guide/", filled(form, opened=timedelta(0)))
    slow = client.post("/f/guide/", filled(form, opened=asking.SOONEST))

    assert (quick.status_code, slow.status_code) == (422, 302)
    assert len(refused()) == 1


def test_a_page_that_was_open_for_a_week_still_keeps_what_was_typed(client, form):
    answer = client.post("/f/guide/", filled(form, opened=timedelta(days=8)))

    assert answer.status_code == 422
    assert 'value="Henrik"' in answer.content.decode()
    assert asking.Seal.read(str(answer.context["seal"]), form).at > timezone.now() - timedelta(minutes=1)


def test_who_fills_the_box_that_people_do_not_see_is_thanked_and_not_admitted(client, form):
    answer = client.post("/f/guide/", filled(form, leave_empty="http://spam.example"))

    assert answer.headers["Location"] == "/f/guide/thanks/"
    assert (Lead.objects.count(), refused()) == (0, ["The box that people don't see was filled in"])


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


def test_who_is_signed_in_acts_as_a_stranger_all_the_same(client, form):
    client.force_login(make.rep("Marit Dahl"))

    client.post("/f/guide/", filled(form))

    assert Lead.objects.get().email == "henrik@aalberg.example"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("&".join(f"f{n}=x" for n in range(1000)), "application/x-www-form-urlencoded"),
        ("&".join(f"f{n}=x" for n in range(1001)), "application/x-www-form-urlencoded"),
        ("email=" + "x" * 5_000_000, "application/x-www-form-urlencoded"),
        ("email=" + "x" * 6_000_000, "application/x-www-form-urlencoded"),
        ("email=%ED%A0%80&first_name=%00&last_name=%FF", "application/x-www-form-urlencoded"),
        ('--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\\ud800\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=unicode_escape"),
        ("--b\r\nContent-Disposition: form-data", "multipart/form-data; boundary=b"),
        ("{", "application/json"),
        ("", "text/plain; charset=nonsense"),
    ],
)  # fmt: skip
def test_whatever_is_sent_is_answered_and_never_an_error_of_ours(form, body, content_type):
    client = Client(raise_request_exception=False)

    answer = client.generic("POST", "/f/guide/", body, content_type=content_type)

    assert 400 <= answer.status_code < 500
    assert Lead.objects.count() == 0


def test_what_is_kept_of_a_refused_submission_is_bounded(client, form):
    client.post("/f/guide/", {**{f"f{n}": "x" for n in range(900)}, "a_long_one": "x" * 100_000})

    kept = Submission.objects.get().answers
    assert len(kept) == asking.KEPT_ANSWERS
    assert max(map(len, kept.values())) <= asking.KEPT_CHARACTERS


def test_lone_surrogates_are_kept_as_what_can_be_kept():
    assert asking.typed({"a\ud800": "b\udfff\x00"}) == {"a?": "b?\ufffd"}


def test_what_a_stranger_types_is_not_run_in_their_browser_or_ours(client, form):
    attack = '"><script>alert(1)</script>'

    page = client.post("/f/guide/", filled(form, email="x", first_name=attack)).content.decode()

    assert "<script>" not in page


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


# --- the pages of marketers -------------------------------------------------------------------------

DRAFT = {"title": "Webinar", "slug": "webinar", "is_live": "on", "talk_to_sales": "on"}


def test_a_marketer_makes_a_form_in_the_browser(client):
    client.force_login(make.marketer())
    source = make.source("Website")
    asks = {
        "position_budget": 2,
        "position_title": 1,
        "required_title": "on",
        "label_budget": "What is set aside?",
    }

    answer = client.post("/forms/new/", {**DRAFT, "source": source.pk, **asks})

    assert answer.headers["Location"] == reverse("forms")
    made = Form.objects.get()
    assert [(q.field.key, q.label, q.required) for q in made.questions.all()] == [
        ("title", "", True),
        ("budget", "What is set aside?", False),
    ]
    assert client.get("/f/webinar/").status_code == 200


def test_editing_a_form_asks_exactly_what_has_a_place(client, form):
    client.force_login(make.marketer())
    sent = {**DRAFT, "slug": "guide", "source": form.source_id, "position_interest": 1}

    client.post("/forms/guide/", sent)

    assert [question.field.key for question in form.questions.all()] == ["interest"]


def test_a_form_that_cannot_be_saved_keeps_what_was_typed(client, form):
    client.force_login(make.marketer())
    sent = {**DRAFT, "slug": "guide", "source": form.source_id, "position_interest": 7}

    answer = client.post("/forms/new/", sent)

    assert answer.status_code == 422  # the address is taken
    assert answer.context["draft"]["position_interest"].value() == "7"
    assert Form.objects.count() == 1


def test_the_forms_are_counted(client, form):
    client.post("/f/guide/", filled(form))
    client.post("/f/guide/", filled(form, email="wrong"))
    client.force_login(make.marketer())

    [row] = client.get("/forms/").context["forms"]

    assert (row.asks, row.admitted, row.refused, row.talks) == (3, 1, 1, 0)
    assert isinstance(row.latest, datetime)
    assert "email: " in client.get("/forms/guide/").content.decode()


def test_the_list_of_forms_asks_as_many_questions_for_three_as_for_one(client):
    client.force_login(make.marketer())
    counts = []
    for more in (1, 2):
        for _each in range(more):
            number = Form.objects.count()
            Form.objects.create(slug=f"form-{number}", title="Form", source=make.source(f"Source {number}"))
        with CaptureQueriesContext(connection) as asked:
            client.get("/forms/")
        counts.append(len(asked))

    assert counts[0] == counts[1]
