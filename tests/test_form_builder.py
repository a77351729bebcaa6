"""Marketers make forms in the browser: questions, rules, order, and what a visitor would see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import facts
from leads.facts import Answer
from leads.models import Asset, Form, Saying
from tests import make
from tests.forms import a_form, ask, filled

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return a_form()


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def draft(*keys, **details):
    """What the builder's page sends for these questions in this order."""
    given = {
        "act": "save",
        "title": "Webinar",
        "slug": "webinar",
        "asks_name": "on",
        "is_live": "on",
        "source": make.source("Website").pk,
        "order": list(keys),
    }
    rules = {f"q-{key}-ask": "unknown" for key in keys}
    return {**given, **rules, **details}


def asked(form):
    rows = form.questions.select_related("field")
    return [(one.field.key, one.label, one.required, one.ask, one.number) for one in rows]


def test_a_marketer_makes_a_form_in_the_browser(client, ruth):
    rules = {
        "q-title-required": "on",
        "q-budget-label": "What is set aside?",
        "q-budget-ask": "again",
        "q-budget-number": "6",
        "q-employees-ask": "after",
        "q-employees-number": "2",
        "q-comment-ask": "always",
    }
    whole = {
        "at_a_time": 2,
        "sites": "www.kessel.example\n",
        "owner": ruth.pk,
        "consent_text": "Write to me.",
    }

    answer = client.post("/forms/new/", draft("title", "budget", "employees", "comment", **rules, **whole))

    assert answer.headers["Location"] == reverse("form_edit", args=["webinar"])
    made = Form.objects.get()
    assert asked(made) == [
        ("title", "", True, "unknown", None),
        ("budget", "What is set aside?", False, "again", 6),
        ("employees", "", False, "after", 2),
        ("comment", "", False, "always", None),
    ]
    assert (made.at_a_time, made.sites, made.owner) == (2, ["https://www.kessel.example"], ruth)
    assert client.get("/f/webinar/").status_code == 200


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("up:employees", ["employees", "title", "buys_by"]),
        ("up:title", ["title", "employees", "buys_by"]),
        ("down:title", ["employees", "title", "buys_by"]),
        ("down:buys_by", ["title", "employees", "buys_by"]),
        ("remove:employees", ["title", "buys_by"]),
        ("remove:nothing", ["title", "employees", "buys_by"]),
        ("nonsense", ["title", "employees", "buys_by"]),
        ("add", ["title", "employees", "buys_by", "budget"]),
    ],
)
def test_each_act_answers_with_the_draft_as_it_then_stands_and_saves_nothing(client, ruth, form, act, order):
    sent = draft("title", "employees", "buys_by", act=act, add="budget", **{"q-title-label": "Your role"})

    page = client.post("/forms/guide/", {**sent, "title": ""})

    assert page.status_code == 200
    assert page.context["draft"].keys == order
    words = page.content.decode()
    assert ("Your role" in words, "This field is required" in words) == ("title" in order, False)
    assert [key for key, *_rest in asked(form)] == ["title", "employees", "buys_by"]


def test_editing_asks_exactly_what_is_in_the_draft_in_its_order(client, ruth, form):
    client.post("/forms/guide/", draft("interest", "title", version=1))

    form.refresh_from_db()
    assert ([key for key, *_rest in asked(form)], form.version) == (["interest", "title"], 2)


def test_the_address_stays_because_mails_and_pages_link_to_it(client, ruth, form):
    client.post("/forms/guide/", draft("title", version=1, slug="elsewhere"))

    assert Form.objects.get().slug == "guide"


@pytest.mark.parametrize(
    ("wrong", "box"),
    [
        ({"title": ""}, "title"),
        ({"at_a_time": "0"}, "at_a_time"),
        ({"at_a_time": "-1"}, "at_a_time"),
        ({"sites": "javascript:alert(1)"}, "sites"),
        ({"redirect_to": "javascript:alert(1)"}, "redirect_to"),
        ({"redirect_to": "ftp://x.example"}, "redirect_to"),
        ({"double_opt_in": "on"}, "consent_text"),
        ({"mails_asset": "on"}, "asset"),
        ({"slug": "guide"}, "slug"),
        ({"title": "NUL\x00"}, "title"),
    ],
)
def test_what_is_wrong_is_marked_and_nothing_typed_is_lost(client, ruth, form, wrong, box):
    sent = draft("title", thanks="Long and typed with care.", **wrong)

    page = client.post("/forms/new/", sent)

    assert (page.status_code, list(page.context["words"].errors)) == (422, [box])
    assert "Long and typed with care." in page.content.decode()
    assert Form.objects.count() == 1


@pytest.mark.parametrize("number", ["", "0", "-3", "many", "1000"])
@pytest.mark.parametrize("rule", ["again", "after"])
def test_a_rule_that_counts_needs_a_number(client, ruth, rule, number):
    page = client.post("/forms/new/", draft("title", **{"q-title-ask": rule, "q-title-number": number}))

    assert page.status_code == 422
    assert list(page.context["draft"].rows[0].errors) == ["number"]
    assert Form.objects.count() == 0


def test_a_number_without_a_rule_that_counts_is_forgotten(client, ruth):
    client.post("/forms/new/", draft("title", **{"q-title-number": "6"}))

    assert asked(Form.objects.get()) == [("title", "", False, "unknown", None)]


def test_a_field_that_is_sent_twice_or_does_not_exist_is_asked_once_or_not(client, ruth):
    client.post("/forms/new/", draft("title", "title", "nonsense", "interest"))

    assert [key for key, *_rest in asked(Form.objects.get())] == ["title", "interest"]


def test_the_second_editor_is_told_and_loses_nothing(client, ruth, form):
    client.post("/forms/guide/", draft("title", version=1, title="Theirs"))

    late = client.post("/forms/guide/", draft("interest", version=1, title="Mine"))

    form.refresh_from_db()
    words = late.content.decode()
    assert (late.status_code, form.title) == (409, "Theirs")
    assert ("Title", "Theirs") in late.context["theirs"]
    assert ("Questions", "Job title") in late.context["theirs"]
    assert 'value="Mine"' in words

    again = client.post("/forms/guide/", draft("interest", version=late.context["version"], title="Mine"))

    form.refresh_from_db()
    assert (again.status_code, form.title, form.version) == (302, "Mine", 3)
    assert [key for key, *_rest in asked(form)] == ["interest"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "\x00"])
def test_a_version_that_nobody_saw_saves_nothing(client, ruth, form, version):
    assert client.post("/forms/guide/", draft("interest", version=version)).status_code == 409
    assert form.questions.count() == 3


# --- what they would see ------------------------------------------------------------------------------


def preview(client, **eyes):
    keys = ("title", "employees", "budget", "interest")
    return client.post("/forms/guide/", draft(*keys, act="show", at_a_time=2, **eyes)).context["preview"]


def boxes(shown):
    return [str(box.label) for box in shown.boxes.between]


def test_the_preview_shows_the_draft_as_a_stranger_meets_it(client, ruth, form):
    assert boxes(preview(client)) == ["Job title", "Employees"]


def test_the_preview_shows_what_is_asked_of_somebody_who_told_us_this_much(client, ruth, form):
    shown = preview(client, seen_as="told", told=["title", "budget"], sent=1)

    assert boxes(shown) == ["Employees", "Interest"]
    assert [(str(one), why) for one, why in shown.now.left] == [("Job title", "known"), ("Budget", "known")]
    assert "first_name" not in shown.boxes.fields


def test_the_preview_shows_what_a_lead_would_see(client, ruth, form):
    lead = make.lead(email="henrik@aalberg.example", first_name="Henrik")
    at = timezone.now() - timedelta(days=30)
    facts.learn([Answer("title", "VP", Saying.VERIFIED, at, lead_id=lead.pk)], known_at=at)

    shown = preview(client, seen_as="lead", email="Henrik@Aalberg.example ")

    assert boxes(shown) == ["Employees", "Budget"]
    assert preview(client, seen_as="lead", email="nobody@x.example").nobody


def test_a_draft_with_mistakes_is_still_shown(client, ruth, form):
    sent = draft("title", act="show", **{"q-title-ask": "again", "q-title-number": "x", "at_a_time": "0"})

    assert boxes(client.post("/forms/guide/", {**sent, "title": ""}).context["preview"]) == []


def test_the_builder_shows_the_snippet_as_text(client, ruth, form):
    words = client.get("/forms/guide/").content.decode()

    assert "&lt;script src=&quot;" in words
    assert 'src="http://127.0.0.1:8000/static/js/embed.js"' not in words


def test_showing_a_draft_asks_as_many_questions_for_three_rows_as_for_one(client, ruth, form):
    counts = []
    for keys in (("title",), ("title", "employees", "budget")):
        with CaptureQueriesContext(connection) as asked:
            client.post("/forms/guide/", draft(*keys, act="show"))
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- the list -------------------------------------------------------------------------------------------


def test_the_forms_are_counted(client, form):
    client.post("/f/guide/", filled(form))
    client.post("/f/guide/", filled(form, email="wrong"))
    client.force_login(make.marketer())

    [(row, waiting)] = client.get("/forms/").context["rows"]

    assert (row.asks, row.admitted, row.refused, row.talks, waiting) == (3, 1, 1, 0, 1)


def test_the_list_of_forms_asks_as_many_questions_for_three_as_for_one(client):
    client.force_login(make.marketer())
    counts = []
    for more in (1, 2):
        for _each in range(more):
            number = Form.objects.count()
            made = Form.objects.create(slug=f"form-{number}", title="Form", source=make.source(f"S {number}"))
            ask(made, "title")
        with CaptureQueriesContext(connection) as asked:
            client.get("/forms/")
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_an_asset_can_be_promised(client, ruth):
    asset = Asset.objects.create(name="Sizing", kind="whitepaper")

    client.post("/forms/new/", draft("title", asset=asset.pk, mails_asset="on"))

    assert (Form.objects.get().asset, Form.objects.get().mails_asset) == (asset, True)
