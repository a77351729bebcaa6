"""A form asks whoever comes back only what is not known yet, and shows nobody what is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test.utils import override_settings
from django.utils import timezone

from leads import facts, passes, profiling
from leads.facts import Answer
from leads.models import Field, Lead, Question, Saying
from leads.profiling import STRANGER, Known
from nurture import links
from tests import make
from tests.forms import a_form, ask, filled, labels
from tests.test_links import touch as sent_touch

MARCH = datetime(2026, 3, 31, 9, tzinfo=UTC)
SITE = "http://127.0.0.1:8000"


def question(key, rule="unknown", number=None):
    return Question(field=Field(key=key, label=key.title()), ask=rule, number=number)


def keys(questions):
    return [one.key for one in questions]


FIVE = [question(key) for key in "abcde"]


@pytest.mark.parametrize(
    ("known", "most", "asked"),
    [
        (STRANGER, None, "abcde"),
        (STRANGER, 2, "ab"),
        (Known({"a": MARCH, "c": MARCH}), 2, "bd"),
        (Known(dict.fromkeys("abcd", MARCH)), 2, "e"),
        (Known(dict.fromkeys("abcde", MARCH)), 2, ""),
    ],
)
def test_the_next_unknown_questions_are_asked_in_their_order(known, most, asked):
    assert keys(profiling.asked(FIVE, known, most, MARCH)) == list(asked)


def test_what_is_always_asked_is_asked_first_of_all_and_keeps_its_place():
    questions = [*FIVE[:2], question("z", "always"), question("y", "always")]

    assert [keys(profiling.asked(questions, STRANGER, most, MARCH)) for most in (1, 2, 3)] == [
        ["z", "y"],
        ["z", "y"],
        ["a", "z", "y"],
    ]


@pytest.mark.parametrize(
    ("days", "asked"),
    [(0, False), (90, False), (91, True), (400, True)],  # 31 March + 3 months is 30 June
)
def test_what_may_have_changed_is_asked_again_after_its_months(days, asked):
    again = question("a", "again", 3)

    found = profiling.asked([again], Known({"a": MARCH}), None, MARCH + timedelta(days=days))

    assert bool(found) == asked


@pytest.mark.parametrize(("sent", "asked"), [(0, ""), (1, ""), (2, "a"), (9, "a")])
def test_a_question_for_regulars_waits_for_so_many_submissions(sent, asked):
    late = question("a", "after", 2)

    assert keys(profiling.asked([late], Known(submissions=sent), None, MARCH)) == list(asked)


def test_a_question_for_regulars_is_not_asked_once_it_is_known():
    known = Known({"a": MARCH}, submissions=5)

    assert profiling.asked([question("a", "after", 2)], known, None, MARCH) == []


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2026, 11, 30, tzinfo=UTC), 3, datetime(2027, 2, 28, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), 12, datetime(2025, 2, 28, tzinfo=UTC)),
        (datetime(2026, 12, 15, tzinfo=UTC), 12, datetime(2027, 12, 15, tzinfo=UTC)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(start, months, end):
    assert profiling.months_after(start, months) == end


def test_visit_by_visit_every_question_is_asked_until_none_is_left():
    questions = [*FIVE, question("late", "after", 2), question("comment", "always")]

    told = [keys(visit.asked) for visit in profiling.visits(questions, STRANGER, 3, MARCH)]

    assert told == [["a", "b", "comment"], ["c", "d", "comment"], ["e", "late", "comment"]]


def test_each_question_that_is_not_asked_says_why():
    questions = [question("a"), question("b", "again", 6), question("c", "after", 2), *FIVE[3:]]
    known = Known(dict.fromkeys("ab", MARCH), submissions=1)

    left = profiling.visit(questions, known, 1, MARCH).left

    assert [(one.key, why) for one, why in left] == [
        ("a", "known"),
        ("b", "known; asked again from 2026-09-30"),
        ("c", "asked after 2 submissions"),
        ("e", "a later visit: enough for one page"),
    ]


# --- the page, for whoever follows a mail of ours -----------------------------------------------------


@pytest.fixture
def form(db):
    return a_form(
        asks=(("title", True), ("employees", True), ("budget", False), ("interest", False)), at_a_time=2
    )


@pytest.fixture
def henrik(form):
    """Known by name, company, title and employees."""
    account = make.account("Aalberg Dairy", domain="aalberg.example")
    lead = make.lead(
        email="henrik@aalberg.example", first_name="Henrik", last_name="Sandvik", account=account
    )
    at = timezone.now() - timedelta(days=30)
    said = [
        Answer("title", "Vice President of hygiene", Saying.SELF_REPORTED, at, lead_id=lead.pk),
        Answer("employees", 640, Saying.SELF_REPORTED, at, account_id=account.pk),
    ]
    facts.learn(said, known_at=at)
    return lead


def written(lead, *, days=1):
    return passes.written(lead, timezone.now() - timedelta(days=days))


def test_a_stranger_is_asked_the_first_ones(client, form):
    assert labels(client.get("/f/guide/")) == ["Job title", "Employees"]


def test_whoever_follows_a_mail_is_asked_the_next_ones_and_not_their_name(client, form, henrik):
    page = client.get("/f/guide/", {"who": written(henrik)})

    assert labels(page) == ["Budget", "Interest"]
    assert [name for name in page.context["questions"].fields if "_" not in name] == [
        "email", "phone", "consent",
    ]  # fmt: skip


def test_the_page_of_somebody_known_shows_nothing_that_is_known(client, form, henrik):
    page = client.get("/f/guide/", {"who": written(henrik)}).content.decode()

    for value in ("Henrik", "Sandvik", "hygiene", "640", "aalberg", str(henrik.public_id)):
        assert value not in page.replace(written(henrik), "")


@pytest.mark.parametrize("forged", ["", "x", "\x00", "abc:def:ghi", "\ud800", "ÿ" * 5000])
def test_a_pass_that_is_not_ours_makes_a_stranger(client, form, forged):
    shown = forged.encode("utf-8", "replace").decode()

    assert labels(client.get("/f/guide/", {"who": shown})) == ["Job title", "Employees"]


def test_a_pass_is_short_lived(client, form, henrik):
    assert labels(client.get("/f/guide/", {"who": written(henrik, days=15)})) == ["Job title", "Employees"]


def test_a_pass_of_tomorrow_is_none(client, form, henrik):
    assert labels(client.get("/f/guide/", {"who": written(henrik, days=-1)})) == ["Job title", "Employees"]


def test_what_was_not_asked_is_not_missed_and_what_was_said_is_added(client, form, henrik):
    page = client.get("/f/guide/", {"who": written(henrik)})
    seal = page.context["seal"]
    old = type(seal)(seal.form, seal.key, seal.at - timedelta(minutes=1), seal.asked, seal.consent)

    answer = client.post(
        "/f/guide/",
        {"seal": str(old), "email": henrik.email, "field_budget": "40,000", "field_interest": "CIP"},
    )

    assert answer.headers["Location"] == "/f/guide/thanks/"
    henrik.refresh_from_db()
    assert henrik.facts == {"title": "Vice President of hygiene", "budget": "40,000", "interest": "CIP"}
    assert labels(client.get("/f/guide/", {"who": written(henrik)})) == []


def test_who_borrows_a_pass_is_admitted_as_who_they_say_they_are(client, form, henrik):
    page = client.get("/f/guide/", {"who": written(henrik)})
    seal = page.context["seal"]
    old = type(seal)(seal.form, seal.key, seal.at - timedelta(minutes=1), seal.asked, seal.consent)

    client.post("/f/guide/", {"seal": str(old), "email": "freya@aalberg.example", "field_budget": "7"})

    assert Lead.objects.get(email="freya@aalberg.example").facts == {"budget": "7"}
    henrik.refresh_from_db()
    assert "budget" not in henrik.facts


def test_a_form_edited_while_somebody_fills_the_old_page_loses_nothing(client, form):
    typed = filled(form, field_employees="640")
    form.questions.filter(field__key="employees").delete()
    ask(form, "budget_owner" if Field.objects.filter(key="budget_owner") else "timeline", required=True)
    type(form).objects.update(consent_text="You may call me.", talk_to_sales=False)

    answer = client.post("/f/guide/", {**typed, "consent": "on"})

    assert answer.headers["Location"] == "/f/guide/thanks/"
    lead = Lead.objects.get()
    assert (lead.account.facts["employees"], lead.consents.get().evidence) == (640, "You may write to me.")


# --- links in mails ---------------------------------------------------------------------------------

touch = sent_touch  # a mail that arrived an hour ago


@override_settings(SITE_URL=SITE)
@pytest.mark.parametrize(
    ("there", "has_pass"),
    [
        (f"{SITE}/f/guide/", True),
        (f"{SITE}/f/guide/?utm_source=mail", True),
        (f"{SITE}/leads/", False),
        ("https://elsewhere.example/f/guide/", False),
        ("http://127.0.0.1:8000@evil.example/f/guide/", False),
    ],
)
def test_a_mail_s_link_to_a_form_of_ours_carries_a_pass_and_no_other_does(
    client, form, touch, there, has_pass
):
    type(touch).objects.filter(pk=touch.pk).update(links=[there])

    answer = client.get(links.follow_address(touch.public_id, 0).removeprefix(SITE))

    place, _mark, carried = answer["Location"].partition("who=")
    assert (place.rstrip("?&"), bool(carried)) == (there, has_pass)
    if has_pass:
        assert passes.lead_of(carried.replace("%3A", ":"), timezone.now()) == touch.lead


@override_settings(SITE_URL=SITE)
def test_the_pass_in_an_old_mail_is_as_old_as_the_mail(client, form, touch):
    old = timezone.now() - timedelta(days=20)
    type(touch).objects.filter(pk=touch.pk).update(links=[f"{SITE}/f/guide/"], sent_at=old)

    answer = client.get(links.follow_address(touch.public_id, 0).removeprefix(SITE))

    assert passes.lead_of(answer["Location"].partition("who=")[2].replace("%3A", ":"), timezone.now()) is None
