"""An agreement is one canonical text: hashed, signed by both sides, said in English, never changed."""

import copy
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from handoff import agreements
from handoff.agreements import Refused
from handoff.models import Agreement
from handoff.terms import Terms, canonical, content_hash
from handoff.terms.durations import working_time
from handoff.terms.reasons import reasons
from handoff.terms.standard import standard_sheet, standard_terms, with_words
from handoff.terms.words import sentences
from people.models import Side
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(days=1)


def shipped(**changed):
    return with_words({**standard_terms(make.team(), standard_sheet(MONDAY_9AM)), **changed})


def test_the_same_content_in_another_order_is_the_same_text_and_hash():
    terms = shipped()
    shuffled = dict(reversed(list(copy.deepcopy(terms).items())))

    assert canonical(shuffled) == canonical(terms)
    assert content_hash(shuffled) == content_hash(terms)


def test_the_text_survives_the_database():
    made = agreements.standard_draft(make.team(), at=MONDAY_9AM)

    stored = Agreement.objects.get(pk=made.pk)

    assert content_hash(stored.terms) == made.content_hash


def test_a_change_of_one_letter_is_another_hash():
    terms = shipped()
    other = json.loads(canonical(terms).replace("No budget this year", "No budget this Year"))

    assert content_hash(other) != content_hash(terms)


@pytest.mark.parametrize("value", [1.5, {"deep": [1.0]}, float("nan")])
def test_floats_cannot_be_signed(value):
    with pytest.raises(ValueError, match="holds a float"):
        canonical({"points": value})


def test_what_json_does_not_know_cannot_be_signed():
    with pytest.raises(TypeError):
        canonical({"points": Decimal(1)})


def test_the_agreement_reads_as_it_shall_be_read():
    passed = [one for one in sentences(Terms.parse(shipped())) if one.heading == "Who is passed to sales"]

    assert [(one.number, one.side, one.text) for one in passed] == [
        (4, "sales", "A person who asks to talk to sales is passed at once, day or night."
                     " Sales answers within 30 working minutes."),
        (5, "sales", "When anybody at a named target account answers anything we send, the owner of the"
                     " account is told at once; an answer counts for 14 days."
                     " Sales answers within 1 working hour."),
        (6, "sales", "A person is sales-qualified when need, timeframe, authority and profile, each rated"
                     " 1 to 3, add up to 8 or more of 12. Sales answers within 8 working hours."),
        (7, "sales", "A person whose fit and behaviour reach 200 points on score sheet “Standard 1” is"
                     " passed. Sales answers within 4 working hours."),
        (8, "marketing", "Marketing may pass a person early under an exception code (X1, needs an answer"
                         " that only a salesperson can give; X2, asked for a price; X3, an event or a"
                         " journey makes it now or never), at most 6 times a month."
                         " Sales answers within 8 working hours."),
    ]  # fmt: skip


def test_every_question_that_an_agreement_must_answer_has_its_sentence():
    asked = ("covers", "not-ready", "not-sure", "accepted", "reasons", "late")

    headings = {one.key: one.heading for one in sentences(Terms.parse(shipped()))}

    assert [(key, headings[key]) for key in asked] == [
        ("covers", "Who is covered"),
        ("not-ready", "Who stays with marketing"),
        ("not-sure", "Who stays with marketing"),
        ("accepted", "What sales does next"),
        ("reasons", "When sales says no"),
        ("late", "When nobody answers"),
    ]  # fmt: skip


def test_coverage_exclusions_and_territories_are_said_in_words():
    norway = {"field": "country", "op": "is", "value": "NO"}
    students = {"field": "email_domain", "op": "contains", "value": "student"}
    ladder = {"territories": [{"name": "Coast", "when": norway, "reps": [1]}], "weights": {}}

    texts = {one.key: one.text for one in sentences(
        Terms.parse(shipped(covers=norway, excludes=students, ladder=ladder)))}  # fmt: skip

    assert texts["covers"] == "This agreement with Nordics covers whoever fits this: country is “NO”."
    assert texts["excludes"] == (
        "Nobody is passed of whom this holds: E-mail domain contains “student”."
        " Who asks to talk to sales is passed even so."
    )
    assert "then to the reps of the territory (Coast)," in texts["route"]


def test_every_reason_says_where_it_leads():
    tracks = {name: make.track(name=name).pk for name in ("Slow burn", "Find the decider", "Revival")}

    rows = reasons(Terms.parse(standard_terms(make.team(), standard_sheet(MONDAY_9AM), tracks=tracks)))

    assert [(one.label, one.goes_to, one.next, one.side) for one in rows] == [
        ("No budget this year", "Slow burn", "the track's first touch", "marketing"),
        ("Not the one who decides", "Find the decider", "the track's first touch", "marketing"),
        ("Too early, has a date", "Sleeps", "wakes on the date you give", "marketing"),
        ("Belongs to another rep", "Another rep", "by the same route, at once", "sales"),
        ("Could not be reached, 5 tries", "Revival", "the track's first touch", "marketing"),
        ("Student, supplier or spam", "Closed", "cause kept", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 working minute"), (30, "30 working minutes"), (60, "1 working hour"), (90, "90 working minutes"),
     (480, "8 working hours")],
)  # fmt: skip
def test_working_time_is_said_as_people_say_it(minutes, words):
    assert working_time(minutes) == words


@pytest.mark.parametrize(
    "changed",
    [
        {"calendar": {"time_zone": "UTC", "week": {}}},
        {"clauses": [{"trigger": "moon", "minutes": 30}]},
        {"clauses": [{"trigger": "score", "minutes": 0}]},
        {"clauses": [{"trigger": "criteria", "minutes": 30, "needed": 13}]},
        {"clauses": [{"trigger": "score", "minutes": 30}, {"trigger": "score", "minutes": 60}]},
        {"reasons": [{"code": "x", "label": "Nowhere", "to": "nowhere"}]},
        {"reasons": [{"code": "x", "label": "No track", "to": "track"}]},
        {"reasons": [{"code": "x", "label": "No cause", "to": "close"}]},
        {"reasons": [{"code": "x", "label": "No end", "to": "sleep"}]},
        {"format": 2},
    ],
)
def test_terms_that_cannot_work_are_refused_when_they_are_read(changed):
    with pytest.raises(ValueError, match=r"."):
        Terms.parse({**shipped(), **changed})


def signed_by_marketing():
    made = agreements.standard_draft(make.team(), at=MONDAY_9AM)
    agreements.sign(made, make.marketing_manager(), MONDAY_9AM)
    return made


def test_an_agreement_holds_when_both_sides_have_signed_the_same_text():
    made = signed_by_marketing()
    agreements.sign(made, make.sales_manager(), MONDAY_9AM)

    held = agreements.enforce(made, LATER)

    assert (held.state, held.in_force_from) == ("in_force", LATER)
    assert [one.agreement for one in agreements.in_force()] == [held]


def test_one_signature_is_not_enough():
    made = signed_by_marketing()

    with pytest.raises(Refused, match="Both sides"):
        agreements.enforce(made, LATER)


def test_an_edit_voids_the_signature_under_the_old_text():
    made = signed_by_marketing()

    agreements.edit(made, {**made.terms, "not_sure": {"unknowns": 2, "days": 2}})

    assert agreements.valid_signatures(made) == {}
    agreements.sign(made, make.sales_manager(), LATER)
    with pytest.raises(Refused, match="Both sides"):
        agreements.enforce(made, LATER)


def test_an_edit_back_to_the_signed_text_is_the_signed_text():
    made = signed_by_marketing()
    before = made.terms
    agreements.edit(made, {**before, "not_sure": {"unknowns": 2, "days": 2}})

    agreements.edit(made, before)

    assert set(agreements.valid_signatures(made)) == {Side.MARKETING}


def test_a_signed_agreement_is_not_edited():
    made = make.agreement()

    with pytest.raises(Refused, match="does not change"):
        agreements.edit(made, made.terms)


def test_only_the_managers_of_either_side_sign():
    made = agreements.standard_draft(make.team(), at=MONDAY_9AM)
    elsewhere = make.sales_manager(team=make.team("Elsewhere"))

    for stranger in (make.rep(), make.marketer(), elsewhere):
        with pytest.raises(Refused, match="Only a marketing manager"):
            agreements.sign(made, stranger, MONDAY_9AM)


def test_one_side_signs_once():
    made = signed_by_marketing()

    with pytest.raises(Refused, match="has signed for this side"):
        agreements.sign(made, make.marketing_manager("Second"), LATER)


def test_a_new_version_takes_the_place_of_the_one_before():
    first = make.agreement()

    second = make.agreement(at=LATER)

    first.refresh_from_db()
    assert (first.state, first.superseded_at, second.number) == ("superseded", LATER, 2)
    assert [one.agreement for one in agreements.in_force()] == [second]


def test_later_edits_of_the_calendar_do_not_touch_what_was_signed():
    made = make.agreement()
    made.team.calendar.week = {"mon": [["10:00", "11:00"]]}
    made.team.calendar.save()

    made.refresh_from_db()

    assert made.terms["calendar"]["week"]["fri"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert content_hash(made.terms) == made.content_hash


def test_the_agreement_that_ships_is_signed_and_in_force_in_one_step():
    team = make.team()

    made = agreements.install_default(team, make.marketing_manager(), make.sales_manager(), MONDAY_9AM)

    assert (made.state, made.number, made.signatures.count()) == ("in_force", 1, 2)
