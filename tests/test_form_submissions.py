"""Everything sent is kept in a log that somebody owns, and who was refused wrongly is admitted after all."""

import csv
import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leads.models import Activity, Consent, Form, Lead, Review, Submission
from people.panels import panels_of
from tests import make
from tests.forms import a_form, filled
from tests.test_form_page import heard as heard_by_sales

pytestmark = pytest.mark.django_db
heard = heard_by_sales


@pytest.fixture
def form():
    return a_form()


@pytest.fixture
def ruth(client, form):
    ruth = make.marketer("Ruth Amaro")
    Form.objects.update(owner=ruth)
    client.force_login(ruth)
    return ruth


def trapped(client, form, **details):
    client.post("/f/guide/", filled(form, leave_empty="x", **details))
    return Submission.objects.filter(outcome="refused").latest("pk")


def review(client, submission, verdict="admit", **details):
    sent = {"verdict": verdict, "email": submission.answers.get("email", ""), **details}
    return client.post(f"/forms/guide/submissions/{submission.public_id}/", sent, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def shown(client, **asked):
    return [one for one, _waiting in client.get("/forms/guide/submissions/", asked).context["rows"]]


def waiting():
    return Submission.objects.waiting().count()


def test_the_log_shows_everything_newest_first_and_by_outcome(client, form, ruth):
    client.post("/f/guide/", filled(form))
    caught = trapped(client, form)
    client.post("/f/guide/", filled(form, email="wrong"))

    assert [one.outcome for one in shown(client)] == ["refused", "refused", "admitted"]
    assert [one.cause for one in shown(client, outcome="refused")] == ["mistake", "trap"]
    assert [one.outcome for one in shown(client, outcome="admitted")] == ["admitted"]
    assert shown(client, cause="trap") == [caught]
    assert len(shown(client, outcome="waiting")) == 2
    assert len(shown(client, outcome="nonsense", cause="\x00")) == 3


def test_who_mends_a_mistake_on_the_same_page_is_no_work_for_anybody(client, form, ruth):
    typed = filled(form, email="wrong")
    client.post("/f/guide/", typed)
    assert waiting() == 1

    client.post("/f/guide/", {**typed, "email": "henrik@aalberg.example"})

    assert waiting() == 0


def test_pages_follow_each_other_by_key_without_a_gap(client, form, ruth, monkeypatch):
    monkeypatch.setattr("leads.views.submissions.PAGE", 2)
    at = timezone.now()
    said = {"form": form, "outcome": "refused", "refusal": "x", "answers": {}, "at": at}
    Submission.objects.bulk_create(Submission(**said) for _each in range(5))
    found, after = [], ""

    while True:
        page = client.get("/forms/guide/submissions/", {"after": after})
        found += [one.pk for one, _waiting in page.context["rows"]]
        after = page.context["older"]
        if not after:
            break

    assert found == list(Submission.objects.order_by("-at", "-pk").values_list("pk", flat=True))


def test_who_was_human_is_admitted_with_all_they_said_and_when(client, form, ruth, heard):
    with time_machine.travel(timezone.now() - timedelta(hours=5)):
        caught = trapped(client, form, field_employees="640", talk_to_sales="on", consent="on")

    answer = review(client, caught)

    lead = Lead.objects.get()
    assert said(answer) == ["Henrik Sandvik is admitted."]
    assert (lead.name, lead.account.facts["employees"], lead.facts["title"]) == (
        "Henrik Sandvik",
        640,
        "Vice President",
    )
    assert set(Activity.objects.values_list("at", flat=True)) == {caught.at}
    assert [words for words, *_rest in heard] == ["henrik@aalberg.example"]
    assert Consent.objects.get().evidence == "You may write to me."
    made = Review.objects.get()
    assert (made.submission, made.admission.lead, made.by) == (caught, lead, ruth)
    assert (Submission.objects.get(pk=caught.pk).outcome, waiting()) == ("refused", 0)


def test_admitting_twice_is_admitting_once(client, form, ruth):
    caught = trapped(client, form)

    for _twice in range(2):
        review(client, caught)

    assert (Lead.objects.count(), Review.objects.count(), Submission.objects.count()) == (1, 1, 2)


def test_a_wrong_address_is_corrected_by_whoever_admits(client, form, ruth):
    client.post("/f/guide/", filled(form, email="henrik@aalberg,example"))
    one = Submission.objects.get()

    wrong = review(client, one)
    right = review(client, one, email="henrik@aalberg.example")

    assert said(wrong) == ["Enter a valid email address."]
    assert said(right) == ["Henrik Sandvik is admitted."]
    assert Submission.objects.get(pk=one.pk).answers["email"] == "henrik@aalberg,example"


def test_what_cannot_be_read_is_left_out_and_named(client, form, ruth):
    client.post("/f/guide/", filled(form, field_employees="many", field_title="", phone="call me"))

    answer = review(client, Submission.objects.get())

    assert said(answer) == ["Henrik Sandvik is admitted. Left out, as it can't be read: Employees, Phone."]


def test_what_was_rightly_refused_waits_no_longer(client, form, ruth):
    caught = trapped(client, form)

    review(client, caught, "leave")
    late = review(client, caught)

    assert (Lead.objects.count(), Review.objects.get().admission, waiting()) == (0, None, 0)
    assert said(late) == ["Somebody left it refused."]


def test_the_machines_of_a_page_are_dismissed_at_once(client, form, ruth):
    caught = [trapped(client, form, email=f"{n}@x.example") for n in range(3)]
    client.post("/f/guide/", filled(form, email="wrong"))
    mistake = Submission.objects.latest("pk")

    client.post(
        "/forms/guide/submissions/leave/", {"id": [caught[0].pk, caught[1].pk, mistake.pk, "x", "9" * 40]}
    )

    left = Submission.objects.waiting().values_list("pk", flat=True)
    assert sorted(left) == [caught[2].pk, mistake.pk]


def test_an_admitted_submission_is_not_reviewed(client, form, ruth):
    client.post("/f/guide/", filled(form))
    one = Submission.objects.get()

    assert client.post(f"/forms/guide/submissions/{one.public_id}/", {"verdict": "leave"}).status_code == 404


def test_the_owner_finds_on_the_first_page_what_waits_and_nobody_else_does(client, rf, form, ruth):
    at, ines = timezone.now(), make.marketing_manager("Ines Okafor")
    trapped(client, form)

    def told(user):
        panels = panels_of("home", rf.get("/"), user, at)
        return [panel.context["forms"] for panel in panels if panel.template == "leads/_refused.html"]

    assert [[(one["form__slug"], one["total"]) for one in forms] for forms in told(ruth)] == [[("guide", 1)]]
    assert told(ines) == []


def test_what_waits_for_a_day_is_told_to_marketing_managers_too(client, rf, form, ruth):
    at, ines = timezone.now(), make.marketing_manager("Ines Okafor")
    with time_machine.travel(at - timedelta(hours=25)):
        caught = trapped(client, form)

    def told():
        panels = panels_of("home", rf.get("/"), ines, at)
        return [panel.context["forms"] for panel in panels if panel.template == "leads/_refused.html"]

    assert [[one["form__slug"] for one in forms] for forms in told()] == [["guide"]]
    review(client, caught, "leave")
    assert told() == []


def test_the_csv_holds_every_answer_in_inert_cells(client, form, ruth):
    client.post("/f/guide/", filled(form, first_name="=1+1", field_title="@SUM(A1)", extra="-2+3"))
    trapped(client, form, last_name="\t=cmd")

    text = b"".join(client.get("/forms/guide/submissions.csv").streaming_content).decode("utf-8-sig")

    header, *rows = list(csv.reader(io.StringIO(text)))
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [cell["Outcome"] for cell in cells] == ["refused", "admitted"]
    assert (cells[1]["first_name"], cells[1]["title"], cells[1]["Other answers"]) == (
        "'=1+1",
        "'@SUM(A1)",
        "extra: -2+3",
    )
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))] == []


def test_the_csv_is_narrowed_like_the_list(client, form, ruth):
    client.post("/f/guide/", filled(form))
    trapped(client, form)

    answer = client.get("/forms/guide/submissions.csv", {"outcome": "refused"})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(text))][1:] == ["refused"]


def test_what_was_typed_is_shown_as_text(client, form, ruth):
    attack = '"><script>alert(1)</script>'
    client.post("/f/guide/", filled(form, email=attack, **{attack: attack}))

    assert "<script>alert" not in client.get("/forms/guide/submissions/").content.decode()


def test_the_log_asks_as_many_questions_for_three_as_for_one(client, form, ruth):
    counts = []
    for more in (1, 2):
        for _each in range(more):
            number = Submission.objects.count()
            client.post("/f/guide/", filled(form, email=f"{number}@x{number}.example"))
            review(client, trapped(client, form, email=f"{number}@y{number}.example"))
            trapped(client, form)
        with CaptureQueriesContext(connection) as asked:
            client.get("/forms/guide/submissions/")
        counts.append(len(asked))

    assert counts[0] == counts[1], json.dumps([query["sql"][:90] for query in asked], indent=1)
