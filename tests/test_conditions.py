"""One language, read by Postgres and by Python: both must say the same, unknown included."""

from datetime import UTC, date, datetime
from unicodedata import is_normalized
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leads.conditions import InvalidCondition, Term, compile_sql, evaluate, validate, vocabulary
from leads.conditions.values import FOLDS, day
from tests.conditions import (
    AT,
    FACTS,
    FALSE,
    INSTANT,
    TERMS,
    TREES,
    TRUE,
    UNKNOWN,
    ZONES,
    ask_postgres,
    holds,
    leaf,
)

pytestmark = pytest.mark.engine  # the answer must not depend on the server


# --- one comparison -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparison", "true_of", "false_of"),
    [
        (leaf("title", "is", "CFO"), ["CFO", "cfo"], ["CFO of all", "cf"]),
        (leaf("title", "is_not", "CFO"), ["CEO"], ["cFo"]),
        (leaf("title", "contains", "prés"), ["Vice PRÉSIDENT"], ["Vice President"]),
        (leaf("title", "starts_with", "Øk"), ["økonom"], ["senior økonom"]),
        (leaf("title", "in", ["CFO", "Σχ"]), ["cfo", "ΣΧ", "ςχ"], ["CEO"]),
        (leaf("industry", "is", "dairy"), ["dairy"], ["Dairy", "water"]),
        (leaf("industry", "is_not", "dairy"), ["water"], ["dairy"]),
        (leaf("industry", "in", ["dairy", "pulp"]), ["pulp"], ["water"]),
        (leaf("employees", "is", 200), [200, "200", 200.0], [201]),
        (leaf("employees", "at_least", 200), [200, 1e3], [199.99]),
        (leaf("employees", "at_most", 200), [200], [200.01]),
        (leaf("employees", "above", 200), [200.01], [200]),
        (leaf("employees", "below", 200), [-5, 199], [200]),
        (leaf("employees", "between", [1, 5]), [1, 5], [0.5, 5.5]),
        (leaf("budget", "at_least", "19.90"), ["19.90", 19.9], ["19.89"]),
        (leaf("ends", "before", "2026-11-22"), ["2026-11-21"], ["2026-11-22", "2026-11-22T00:00:00Z"]),
        (leaf("ends", "after", "2026-11-22"), ["2026-11-23"], ["2026-11-22", "2026-11-22T23:59:59+00:00"]),
        (leaf("ends", "within_last", 2), ["2026-11-20", "2026-11-22"], ["2026-11-19", "2026-11-23"]),
        (leaf("ends", "within_next", 2), ["2026-11-22", "2026-11-24"], ["2026-11-21", "2026-11-25"]),
        (leaf("ends", "older_than", 2), ["2026-11-19"], ["2026-11-20", "2026-11-30"]),
        (leaf("ends", "within_last", 0), ["2026-11-22T23:00:00-00:59"], ["2026-11-22T23:00:00-01:00"]),
        (leaf("customer", "is_true"), [True, "true"], [False]),
        (leaf("customer", "is_false"), [False, "false"], [True]),
    ],
)
@pytest.mark.django_db
def test_a_comparison_is_true_false_or_unknown(comparison, true_of, false_of):
    facts = [{comparison["field"]: value} for value in [*true_of, *false_of, None, ""]] + [{}]
    expected = [True] * len(true_of) + [False] * len(false_of) + [None] * 3

    assert [holds(comparison, row) for row in facts] == expected
    assert ask_postgres(comparison, facts) == expected


BAD = {
    "employees": ["many", "1e5", "12,5", "٣", " 5", "5\n", "--5", "1.", ".5", "9" * 41, True],
    "ends": [
        *("soon", "2026-02-30", "2025-02-29", "2026-13-01", "0000-01-01", "26-01-01", "22.11.2026", 20261122),
        *("2026-11-22\n", "2026-11-22T24:00:00Z", "2026-11-22T10:00:00", "2026-11-22T10:00:00+15:00"),
    ],
    "customer": ["yes", "TRUE", 1, "t"],
}


@pytest.mark.parametrize("field", BAD)
@pytest.mark.django_db
def test_a_fact_that_is_not_of_its_type_is_unknown_and_no_error(field):
    rows = [{field: value} for value in BAD[field]]
    tree = leaf(field, "unknown")

    assert [holds(tree, row) for row in rows] == [True] * len(rows)
    assert ask_postgres(tree, rows) == [True] * len(rows)


@pytest.mark.django_db
def test_known_and_unknown_always_have_an_answer():
    rows = [{}, {"title": None}, {"title": ""}, {"title": "CFO"}]

    assert ask_postgres(leaf("title", "known"), rows) == [False, False, False, True]
    assert ask_postgres(leaf("title", "unknown"), rows) == [True, True, True, False]
    assert [holds(leaf("title", "known"), row) for row in rows] == [False, False, False, True]


@pytest.mark.django_db
def test_every_date_of_the_calendar_and_no_other_is_read():
    texts = [
        f"{year}-{month:02}-{of_month:02}"
        for year in (1000, 1900, 2000, 2023, 2024, 2999)
        for month in range(14)
        for of_month in range(33)
    ]

    def by_the_calendar(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None

    assert [day(text) for text in texts] == [by_the_calendar(text) for text in texts]
    known = ask_postgres(leaf("ends", "known"), [{"ends": text} for text in texts])
    assert known == [by_the_calendar(text) is not None for text in texts]


@pytest.mark.django_db
def test_every_letter_is_compared_without_its_case_alike():
    letters = [chr(code) for code in FOLDS if is_normalized("NFC", chr(code))]
    assert len(letters) > 1_300

    for start in range(0, len(letters), 200):
        some = letters[start : start + 200]
        tree = leaf("title", "in", [FOLDS[ord(letter)] for letter in some])
        rows = [{"title": letter} for letter in some]
        assert ask_postgres(tree, rows) == [True] * len(some)
        assert [holds(tree, row) for row in rows] == [True] * len(some)


# --- all, any, not ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "answer"),
    [
        ({"all": [TRUE, UNKNOWN]}, None),
        ({"all": [UNKNOWN, FALSE]}, False),
        ({"all": [TRUE, TRUE]}, True),
        ({"any": [FALSE, UNKNOWN]}, None),
        ({"any": [UNKNOWN, TRUE]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"not": UNKNOWN}, None),
        ({"not": TRUE}, False),
        ({"not": {"all": [UNKNOWN, FALSE]}}, True),
        ({}, True),
    ],
)
@pytest.mark.django_db
def test_unknown_stays_unknown_unless_the_rest_settles_it(tree, answer):
    facts = {"customer": True}

    assert holds(tree, facts) is answer
    assert ask_postgres(tree, [facts]) == [answer]


# --- any tree, any facts


@given(TREES, st.lists(FACTS, min_size=1, max_size=4), INSTANT, ZONES)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db
def test_postgres_and_python_read_every_tree_alike(tree, rows, at, zone):
    assume(validate(tree, TERMS) == [])

    in_python = [holds(tree, row, at=at, zone=zone) for row in rows]

    assert ask_postgres(tree, rows, at=at, zone=zone) == in_python


# --- in the database ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_columns_of_their_own_type_and_instants_are_read_as_they_are():
    terms = vocabulary(
        Term("need", "Need", "number", "lead.need", stored="typed"),
        Term("source", "Source", "choice", "lead.source_id", stored="typed"),
        Term("mail", "E-mail", "text", "lead.mail", stored="typed"),
        Term("named", "Named target", "yes_no", "lead.named", stored="typed"),
        Term("since", "Since", "date", "lead.since", stored="typed"),
        Term("created", "Created", "date", "lead.created_at", stored="instant"),
    )
    tree = {
        "all": [
            leaf("need", "at_least", 2),
            leaf("source", "is", "7"),
            leaf("mail", "contains", "@Orvane"),
            leaf("named", "is_true"),
            leaf("since", "before", "2026-01-01"),
            leaf("created", "within_last", 0),
        ]
    }
    kathmandu = ZoneInfo("Asia/Kathmandu")
    facts = {
        "need": 2,
        "source": 7,
        "mail": "a@orvane.example",
        "named": True,
        "since": date(2025, 12, 31),
        "created": datetime(2026, 11, 22, 18, 16, tzinfo=UTC),  # the 23rd in Kathmandu
    }
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    predicate = compile_sql(tree, terms, at=at, zone=kathmandu)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'America/Sao_Paulo'")
        cursor.execute(
            f"SELECT {predicate.sql} FROM (VALUES (%(need)s::smallint, %(source)s::bigint, %(mail)s::text,"  # noqa: S608
            " %(named)s::boolean, %(since)s::date, %(created)s::timestamptz))"
            " AS lead (need, source_id, mail, named, since, created_at)",
            {**predicate.params, **facts},
        )
        assert cursor.fetchall() == [(True,)]
    assert evaluate(tree, facts, terms, at=at, zone=kathmandu) is True


@pytest.mark.django_db
def test_as_of_an_instant_another_expression_is_read_with_that_instant_at_hand():
    then = "CASE WHEN %(at)s::timestamptz < '2026-06-01' THEN 'CEO' ELSE 'CFO' END"
    terms = vocabulary(Term("title", "Title", "text", "'now'", sql_as_of=then))
    tree = {"any": [leaf("title", "is", "ceo"), leaf("title", "is", "now")]}

    def as_of(at):
        predicate = compile_sql(tree, terms, at=at, as_of=True)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {predicate.sql}", predicate.params)
            return cursor.fetchone()[0]

    assert as_of(datetime(2026, 5, 1, tzinfo=UTC)) is True
    assert as_of(datetime(2026, 7, 1, tzinfo=UTC)) is False


def test_what_was_not_kept_cannot_be_asked_as_of_an_instant():
    with pytest.raises(InvalidCondition, match="Title is not kept as of earlier instants"):
        compile_sql(leaf("title", "is", "CFO"), TERMS, at=AT, as_of=True)


def test_values_travel_as_parameters_only():
    predicate = compile_sql(
        {"all": [leaf("title", "contains", "'; DROP --"), leaf("source", "in", ["%s"])]}, TERMS, at=AT
    )

    assert predicate.sql == (
        "((strpos(lower(NULLIF((lead.facts->>'title')::text, '') COLLATE \"C\"), %(c0)s::text) > 0)"
        " AND (NULLIF((lead.facts->>'source')::text, '') = ANY(%(c1)s::text[])))"
    )
    assert predicate.params == {"c0": "'; drop --", "c1": ["%s"]}


@pytest.mark.django_db
def test_two_predicates_can_stand_in_one_statement():
    first = compile_sql(leaf("employees", "above", 1), TERMS, at=AT, prefix="a")
    second = compile_sql(leaf("employees", "above", 9), TERMS, at=AT, prefix="b")

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {first.sql}, {second.sql} FROM (VALUES (%(facts)s::jsonb)) AS lead (facts)",  # noqa: S608
            {**first.params, **second.params, "facts": '{"employees": 5}'},
        )
        assert cursor.fetchall() == [(True, False)]
