"""What a column does to somebody we know: overwrite, fill blanks, or leave alone; and what that undoes."""

from datetime import timedelta

import pytest

from leads import facts
from leads.imports import running, undoing
from leads.models import Field, Import, Lead, Replacement, Saying, ScoreRule, Source
from tests import make, make_scores
from tests.importing import HOUR, begin, bring, counts, problems, take_back
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]
FILE = "email,phone,title\nann@acme.example,+49 30 1234567,CEO\n"


def ann(**details):
    return make.lead(email="ann@acme.example", **details)


def say(lead, key, value, saying=Saying.SELF_REPORTED, at=MONDAY_9AM - HOUR):
    facts.learn([facts.Answer(key, value, saying, at, lead_id=lead.pk)], known_at=at)


def known(lead):
    lead.refresh_from_db()
    return lead.phone, lead.facts.get("title")


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ("overwrite", ("+49301234567", "CEO")),
        ("fill", ("+4930999", "Buyer")),
        ("never", ("+4930999", "Buyer")),
    ],
)
def test_what_stands_is_overwritten_only_where_the_rule_says_so(rule, after):
    lead = ann(phone="+4930999")
    say(lead, "title", "Buyer")

    bring(FILE, columns={"phone": rule, "title": rule})

    assert known(lead) == after


@pytest.mark.parametrize(
    ("rule", "after"),
    [("overwrite", ("+49301234567", "CEO")), ("fill", ("+49301234567", "CEO")), ("never", ("", None))],
)
def test_blanks_are_filled_unless_the_column_is_for_new_leads_only(rule, after):
    lead = ann()

    bring(FILE, columns={"phone": rule, "title": rule})

    assert known(lead) == after


def test_a_new_lead_gets_everything_whatever_the_rule():
    bring(FILE, columns={"phone": "never", "title": "never"})

    assert known(Lead.objects.get()) == ("+49301234567", "CEO")


def test_what_a_person_verified_stands_above_a_column_and_the_trial_says_so():
    lead = ann(phone="+4930999")
    say(lead, "title", "Buyer", Saying.VERIFIED)

    trial = bring(FILE, columns={"phone": "overwrite", "title": "overwrite"}, wish="check")

    told = trial.counts["columns"]
    assert told["phone"] == {"filled": 0, "changed": 1, "stands": []}
    assert told["fact:title"] == {
        "filled": 0,
        "changed": 0,
        "stands": ["1 value stands above this column: verified by a person."],
    }
    bring(FILE, columns={"title": "overwrite"})
    assert known(lead)[1] == "Buyer"


def test_a_trial_shows_a_few_rows_before_and_after():
    lead = ann(phone="+4930999", first_name="Ann", last_name="Lee")
    say(lead, "title", "Buyer")
    content = FILE + "new@beta.example,,CFO\n"

    trial = bring(content, columns={"phone": "overwrite"}, wish="check")

    first, second = trial.counts["examples"]
    assert (first["row"], first["who"], first["new"]) == (2, "Ann Lee", False)
    assert ["Phone", "+4930999", "+49301234567"] in first["told"]
    assert ["Job title", "Buyer", "CEO"] in first["told"]
    assert (second["row"], second["new"]) == (3, True)


def test_two_rows_that_overwrite_one_lead_end_with_the_first():
    lead = make.lead(email="ann@acme.example", outside_id="x1", phone="+4930999")

    done = bring(
        "email,outside_id,phone\nann@acme.example,,+49 30 1234567\n,x1,+49 30 7654321\n",
        columns={"phone": "overwrite"},
    )

    assert (known(lead)[0], counts(done)) == ("+49301234567", (0, 1, 1, 0))


def test_an_address_that_is_somebody_elses_is_not_taken_from_them():
    make.lead(email="ann@acme.example", outside_id="x1")
    make.lead(email="bo@acme.example", outside_id="x2")

    done = bring("outside_id,email\nx1,bo@acme.example\n", columns={"email": "overwrite"})

    assert problems(done) == [
        (2, "outside_id", "The e-mail belongs to one lead and the outside id to another.")
    ]


def test_an_undo_puts_back_what_was_written_over_and_what_was_blank():
    source = make.source()
    lead = ann(phone="+4930999", source=source)
    say(lead, "title", "Buyer")
    before = Lead.objects.values().get()
    batch = bring(
        "email,phone,title,first_name,origin,company\nann@acme.example,+49 30 1234567,CEO,Ann,Fair,Acme\n",
        columns={"phone": "overwrite", "origin": "overwrite", "title": "overwrite"},
    )
    assert known(lead) == ("+49301234567", "CEO")

    said = take_back(batch)

    assert Lead.objects.values().get() == before
    assert "4 values were put back." in said
    assert "Removed, because nothing else uses them: Fair." in said
    assert (list(Source.objects.all()), Replacement.objects.count()) == ([source], 0)


def test_an_undo_leaves_alone_what_was_changed_since():
    lead = ann(phone="+4930999", first_name="Ann")
    batch = bring(
        "email,phone,first_name\nann@acme.example,+49 30 1234567,Anna\n",
        columns={"phone": "overwrite", "first_name": "overwrite"},
    )
    Lead.objects.filter(pk=lead.pk).update(phone="+49305555")

    said = take_back(batch)

    lead.refresh_from_db()
    assert (lead.phone, lead.first_name) == ("+49305555", "Ann")
    assert said[:2] == [
        "2 values were put back.",
        "1 value was changed again since, or is taken, and was left alone.",
    ]


def test_an_address_that_somebody_else_has_by_now_is_not_put_back():
    lead = make.lead(email="old@acme.example", outside_id="x1")
    batch = bring("outside_id,email\nx1,new@acme.example\n", columns={"email": "overwrite"})
    make.lead(email="OLD@acme.example")

    take_back(batch)

    lead.refresh_from_db()
    assert lead.email == "new@acme.example"


def test_an_import_can_be_undone_for_seven_days_and_then_says_why_not():
    lead = ann(phone="+4930999")
    batch = bring(FILE, columns={"phone": "overwrite"})
    week = MONDAY_9AM + timedelta(days=7)

    assert undoing.why_not(batch, week) == ""
    assert undoing.why_not(batch, week + HOUR).startswith("It could be undone until 23 November 2026.")

    running.run_waiting(week + HOUR)
    assert (Replacement.objects.count(), known(lead)[0]) == (0, "+49301234567")


def test_a_field_that_an_import_made_goes_with_it_unless_something_else_uses_it():
    content = "email,Shoe size,Team\nann@acme.example,42,Red\n"
    batch = bring(content, chosen={"Shoe size": "new:lead:number", "Team": "new:lead:text"})
    sheet = make_scores.sheet()
    ScoreRule.objects.create(
        sheet=sheet, label="Red", points=1, condition={"field": "team", "op": "is", "value": "Red"}
    )

    said = take_back(batch)

    assert said[-1] == "Removed, because nothing else uses them: Shoe size."
    assert set(Field.objects.filter(standard=False).values_list("key", flat=True)) == {"team"}


def test_a_new_field_is_as_it_was_described():
    bring(
        "email,Team\nann@acme.example,Red\nbo@acme.example,green\n",
        chosen={"Team": "new:lead:choice"},
        fields={"Team": {"label": "Plays for", "choices": ["Red", "Blue"], "personal": True}},
    )

    made = Field.objects.get(key="team")
    assert (made.label, made.type, made.choices, made.personal) == (
        "Plays for",
        "choice",
        ["Red", "Blue"],
        True,
    )
    assert Lead.objects.get().facts == {"team": "Red"}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("42 43 1250.50", "number"), ("yes no yes", "yes_no"), ("2026-01-02 3.4.2026", "date"),
        ("red blue red red blue red", "choice"), ("0049 0050", "text"), ("alpha beta gamma", "text"),
    ],
)  # fmt: skip
def test_a_column_is_guessed_by_its_cells(cells, kind):
    rows = "".join(f"p{number}@a.example,{cell}\n" for number, cell in enumerate(cells.split()))

    assert begin("email,What\n" + rows).rules["guessed"]["What"]["type"] == kind


def test_an_import_that_changes_a_lead_is_a_reason_for_it_to_stay():
    first = bring("email\nann@acme.example\n")
    bring(FILE, columns={"phone": "overwrite"})

    assert "ann@acme.example: something else is known" in take_back(first)
    assert Import.objects.filter(state="undone").count() == 1
