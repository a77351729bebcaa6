"""One language, three readings: SQL, Python and English must say the same, unknown included."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from unicodedata import is_normalized
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leads.conditions import (
    InvalidCondition,
    Problem,
    Term,
    compile_sql,
    could_hold,
    evaluate,
    fields,
    next_change,
    read,
    sentence,
    validate,
    vocabulary,
)
from leads.conditions.values import FOLDS, UTC_ZONE, day

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # a Sunday
INDUSTRIES = (("dairy", "dairy"), ("water", "water and waste"), ("pulp", "pulp and paper"))


def fact(key, label, type_, **extra):
    return Term(key, label, type_, f"lead.facts->>'{key}'", **extra)


TERMS = vocabulary(
    fact("title", "Title", "text"),
    fact("industry", "Industry", "choice", choices=INDUSTRIES),
    fact("source", "Source", "choice"),
    fact("employees", "Employees", "number"),
    fact("need", "Need", "number", choices=(("1", "low"), ("2", "middle"), ("3", "high"))),
    fact("budget", "Budget", "money"),
    fact("ends", "Contract end", "date"),
    fact("visited", "Last visit", "date"),
    fact("customer", "Customer", "yes_no"),
    fact("vat", "VAT number", "text"),
)


def leaf(field, op, value=None):
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def holds(tree, facts=None, *, at=AT, zone=UTC_ZONE):
    return evaluate(tree, facts or {}, TERMS, at=at, zone=zone)


def ask_postgres(tree, rows, *, at=AT, zone=UTC_ZONE, terms=TERMS):
    """What the predicate says of each of these facts."""
    predicate = compile_sql(tree, terms, at=at, zone=zone)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {predicate.sql} FROM jsonb_array_elements(%(rows)s::jsonb) WITH ORDINALITY"  # noqa: S608
            " AS lead (facts, place) ORDER BY place",
            {**predicate.params, "rows": json.dumps(rows)},
        )
        return [answer for (answer,) in cursor.fetchall()]


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
    "employees": ["many", "1e5", "12,5", "٣", " 5", "5\n", "--5", "1.", ".5", "9" * 31, True],
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

TRUE, FALSE, UNKNOWN = leaf("customer", "is_true"), leaf("customer", "is_false"), leaf("title", "is", "x")


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


# --- random trees and facts, in SQL and in Python ----------------------------------------------------

WORDS = st.one_of(
    st.sampled_from(
        ["CFO", "cfo", "Chief CFO", "é", "É", "İ", "ı", "ß", "ẞ", "K", "k", "ſ", "Σ", "ς", "'%s", "\\"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
    st.text(st.sampled_from("aAéÉøØσΣςДдǅǆ %_\\"), max_size=4),
)
TITLES = WORDS.filter(lambda word: word.strip() != "")
NUMBERS = st.one_of(
    st.integers(-2, 12),
    st.sampled_from([0.5, 7.25, 1e-7, 1e14, "3.50"]),
    st.floats(-10, 10).map(lambda x: round(x, 3)),
)
DAYS = st.dates(date(2026, 10, 1), date(2027, 1, 31)).map(date.isoformat)
INSTANTS = st.datetimes(datetime(2026, 11, 15), datetime(2026, 11, 30)).flatmap(  # noqa: DTZ001
    lambda naive: st.sampled_from(["Z", "+00:00", "+05:45", "-11:30", "+14:00"]).map(
        lambda offset: naive.isoformat() + offset
    )
)
SPANS = st.integers(0, 60)
LEAVES = st.one_of(
    st.builds(
        leaf,
        st.sampled_from(["title", "vat"]),
        st.sampled_from(["is", "is_not", "contains", "starts_with"]),
        TITLES,
    ),
    st.builds(leaf, st.just("title"), st.just("in"), st.lists(TITLES, min_size=1, max_size=3)),
    st.builds(
        leaf, st.just("industry"), st.sampled_from(["is", "is_not"]), st.sampled_from(["dairy", "water"])
    ),
    st.builds(
        leaf, st.just("source"), st.just("in"), st.lists(st.sampled_from("123"), min_size=1, max_size=2)
    ),
    st.builds(
        leaf,
        st.sampled_from(["employees", "budget"]),
        st.sampled_from(["is", "at_least", "at_most", "above", "below"]),
        NUMBERS.filter(lambda n: n != 1e-7),
    ),
    st.builds(
        lambda ends: leaf("employees", "between", sorted(ends)),
        st.tuples(st.integers(0, 9), st.integers(0, 9)),
    ),
    st.builds(leaf, st.sampled_from(["ends", "visited"]), st.sampled_from(["before", "after"]), DAYS),
    st.builds(
        leaf,
        st.sampled_from(["ends", "visited"]),
        st.sampled_from(["within_last", "within_next", "older_than"]),
        SPANS,
    ),
    st.builds(leaf, st.just("customer"), st.sampled_from(["is_true", "is_false"])),
    st.builds(leaf, st.sampled_from(sorted(TERMS)), st.sampled_from(["known", "unknown"])),
)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(lambda some: {"all": some}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda some: {"any": some}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, parts),
    ),
    max_leaves=8,
)
ANYTHING = st.one_of(st.none(), st.just(""), WORDS, NUMBERS, DAYS, INSTANTS, st.booleans())
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.one_of(WORDS, ANYTHING),
        "vat": WORDS,
        "industry": st.sampled_from(["dairy", "water", "steel", None]),
        "source": st.sampled_from(["1", 2, None]),
        "employees": st.one_of(NUMBERS, ANYTHING),
        "budget": st.one_of(NUMBERS, ANYTHING),
        "ends": st.one_of(DAYS, INSTANTS, ANYTHING),
        "visited": st.one_of(DAYS, INSTANTS),
        "customer": st.one_of(st.booleans(), ANYTHING),
    },
)
ZONES = st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]).map(ZoneInfo)
INSTANT = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(TREES, st.lists(FACTS, min_size=1, max_size=4), INSTANT, ZONES)
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db
def test_postgres_and_python_read_every_tree_alike(tree, rows, at, zone):
    assume(validate(tree, TERMS) == [])

    in_python = [holds(tree, row, at=at, zone=zone) for row in rows]

    assert ask_postgres(tree, rows, at=at, zone=zone) == in_python


@given(TREES)
@settings(deadline=None)
def test_every_valid_tree_has_a_sentence_and_names_its_fields(tree):
    assume(validate(tree, TERMS) == [])
    words = sentence(tree, TERMS)

    labels = {"VAT number" if key == "vat" else TERMS[key].label.lower() for key in fields(tree)}
    assert {label for label in labels if label in words} == labels
    assert fields(tree) == fields(read(tree, TERMS))


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


# --- what is wrong with a tree ------------------------------------------------------------------------


def nested(depth):
    return {"not": nested(depth - 1)} if depth > 1 else leaf("title", "known")


@pytest.mark.parametrize(
    ("tree", "path", "message"),
    [
        (leaf("shoe_size", "is", 44), "", "There is no field called “shoe_size”."),
        ({"all": [TRUE, leaf(["title"], "is", 1)]}, "all.1", "There is no field called “['title']”."),
        (leaf("employees", "contains", "2"), "", "Employees cannot be compared with “contains”."),
        (leaf("employees", None, 2), "", "Employees cannot be compared with “None”."),
        (leaf("employees", "is", "many"), "", "Employees needs a number."),
        (leaf("employees", "is", True), "", "Employees needs a number."),
        (leaf("employees", "is", float("nan")), "", "Employees needs a number."),
        (leaf("employees", "is", 10**15), "", "Employees needs a number."),
        (leaf("employees", "between", [5, 1]), "", "The lower end for Employees is above the upper one."),
        (leaf("employees", "between", [5]), "", "Employees needs a lower and an upper end."),
        (leaf("ends", "before", "22.11.2026"), "", "Contract end needs a date such as 2026-11-22."),
        (leaf("ends", "before", "2026-02-29"), "", "Contract end needs a date such as 2026-11-22."),
        (leaf("ends", "within_last", -1), "", "Contract end needs a whole number of days, at most 36500."),
        (leaf("ends", "within_last", "30"), "", "Contract end needs a whole number of days, at most 36500."),
        (leaf("title", "is"), "", "Title needs a value."),
        (leaf("title", "contains", " "), "", "Title needs a value."),
        (leaf("title", "is", "x" * 501), "", "The value for Title is longer than 500 characters."),
        (leaf("title", "is", "a\0"), "", "The value for Title has a character no text can hold."),
        (leaf("title", "is", "\ud800"), "", "The value for Title has a character no text can hold."),
        (leaf("title", "in", []), "", "Title needs a list with at least one value."),
        (leaf("title", "in", "CFO"), "", "Title needs a list with at least one value."),
        (leaf("title", "in", ["x"] * 201), "", "The list for Title has more than 200 values."),
        (leaf("title", "known", "x"), "", "Title takes no value here."),
        (leaf("industry", "is", "steel"), "", "“steel” is no choice of Industry."),
        ({"all": []}, "", "“all” needs at least one condition."),
        ({"not": {"any": "x"}}, "not", "“any” needs at least one condition."),
        ({"all": [{}]}, "all.0", "This is neither a comparison nor one of all, any and not."),
        ({"all": [TRUE], "any": [TRUE]}, "", "This is neither a comparison nor one of all, any and not."),
        ({**TRUE, "colour": 1}, "", "This is neither a comparison nor one of all, any and not."),
        ("title is CFO", "", "This is neither a comparison nor one of all, any and not."),
        (None, "", "This is neither a comparison nor one of all, any and not."),
        (nested(9), ".".join(["not"] * 8), "Conditions are nested more than 8 deep."),
        ({"all": [TRUE] * 500}, "all.100", "There are more than 100 comparisons."),
    ],
)
def test_a_bad_tree_is_refused_where_it_is_bad_and_in_plain_words(tree, path, message):
    assert validate(tree, TERMS) == [Problem(path, message)]


def test_all_that_is_wrong_is_said_at_once():
    tree = {"any": [leaf("employees", "is", "many"), TRUE, {"not": leaf("colour", "is", "red")}]}

    assert validate(tree, TERMS) == [
        Problem("any.0", "Employees needs a number."),
        Problem("any.2.not", "There is no field called “colour”."),
    ]


@pytest.mark.parametrize("tree", [nested(8), {"all": [TRUE] * 100}, {}])
def test_a_tree_may_be_as_deep_and_as_wide_as_promised(tree):
    assert validate(tree, TERMS) == []


def test_a_bad_tree_is_never_compiled():
    with pytest.raises(InvalidCondition, match="no field called “colour”"):
        compile_sql(leaf("colour", "is", "red"), TERMS, at=AT)


def test_a_choice_withdrawn_later_does_not_break_what_was_saved():
    assert holds(leaf("industry", "is", "steel"), {"industry": "steel"}) is True


def test_the_fields_of_a_tree_are_found_without_reading_it():
    tree = {"all": [leaf("title", "is", "x"), {"not": {"any": [leaf("colour", "is", "red")]}}, 7]}

    assert fields(tree) == {"title", "colour"}


# --- in English ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (
            {
                "all": [
                    leaf("industry", "is", "dairy"),
                    {
                        "any": [
                            leaf("employees", "at_least", 1200),
                            leaf("title", "contains", "Vice President"),
                        ]
                    },
                ]
            },
            "industry is dairy and (employees is at least 1,200 or title contains “Vice President”)",
        ),
        ({}, "everybody"),
        ({"not": {"all": [TRUE, FALSE]}}, "not (customer is yes and customer is no)"),
        ({"all": [{"any": [TRUE]}, {"not": FALSE}]}, "customer is yes and not (customer is no)"),
        (
            leaf("industry", "in", ["dairy", "water", "pulp"]),
            "industry is dairy, water and waste or pulp and paper",
        ),
        (leaf("title", "in", ["CFO"]), "title is “CFO”"),
        (leaf("vat", "starts_with", "NO"), "VAT number starts with “NO”"),
        (leaf("title", "is_not", "CFO"), "title is not “CFO”"),
        (leaf("budget", "between", ["1000", 2500.5]), "budget is between 1,000 and 2,500.5"),
        (leaf("budget", "above", 10), "budget is above 10"),
        (leaf("budget", "below", 10), "budget is below 10"),
        (leaf("budget", "at_most", 10), "budget is at most 10"),
        (leaf("ends", "before", "2026-11-22"), "contract end is before 22 Nov 2026"),
        (leaf("ends", "after", "2026-11-02"), "contract end is after 2 Nov 2026"),
        (leaf("ends", "within_next", 90), "contract end is within the next 90 days"),
        (leaf("ends", "within_next", 1), "contract end is today or tomorrow"),
        (leaf("visited", "within_last", 7), "last visit is within the last 7 days"),
        (leaf("visited", "within_last", 1), "last visit is today or yesterday"),
        (leaf("visited", "within_last", 0), "last visit is today"),
        (leaf("visited", "older_than", 30), "last visit is more than 30 days ago"),
        (leaf("visited", "older_than", 0), "last visit is before today"),
        (leaf("title", "unknown"), "title is unknown"),
        (leaf("title", "known"), "title is known"),
    ],
)
def test_a_tree_is_one_english_sentence(tree, words):
    assert sentence(tree, TERMS) == words


# --- could it still be true ---------------------------------------------------------------------------


def possible(tree, facts=None):
    return could_hold(tree, facts or {}, TERMS, at=AT)


def both(*comparisons):
    return {"all": list(comparisons)}


@pytest.mark.parametrize(
    ("tree", "answer"),
    [
        (leaf("employees", "at_least", 200), True),
        (both(leaf("employees", "at_least", 200), leaf("employees", "at_most", 100)), False),
        (both(leaf("employees", "above", 1), leaf("employees", "below", 2)), True),
        (both(leaf("employees", "above", 1), leaf("employees", "below", 1)), False),
        (both(leaf("need", "above", 1), leaf("need", "below", 2)), False),
        (both(leaf("need", "above", 1), leaf("need", "below", 3)), True),
        (leaf("need", "at_least", 4), False),
        (both(leaf("ends", "after", "2026-11-22"), leaf("ends", "before", "2026-11-24")), True),
        (both(leaf("ends", "after", "2026-11-22"), leaf("ends", "before", "2026-11-23")), False),
        (both(leaf("ends", "within_last", 5), leaf("ends", "within_next", 5)), True),
        (both(leaf("ends", "older_than", 5), leaf("ends", "within_last", 5)), False),
        (both(*(leaf("industry", "is_not", key) for key, _label in INDUSTRIES)), False),
        (both(*(leaf("source", "is_not", key) for key in "123")), True),
        (both(leaf("title", "is", "CFO"), leaf("title", "contains", "chief")), False),
        (both(leaf("title", "is", "Chief"), leaf("title", "contains", "chief")), True),
        (both(leaf("title", "starts_with", "a"), leaf("title", "starts_with", "b")), False),
        (both(leaf("title", "starts_with", "a"), leaf("title", "contains", "B")), True),
        (both(leaf("title", "contains", "ab"), {"not": leaf("title", "contains", "B")}), False),
        (both(leaf("customer", "is_true"), leaf("customer", "is_false")), False),
        (leaf("title", "unknown"), True),
        (leaf("title", "known"), True),
        (both(leaf("title", "unknown"), leaf("title", "is", "CFO")), False),
        ({"not": leaf("employees", "at_least", 200)}, True),
    ],
)
def test_it_could_hold_if_some_answer_would_make_it(tree, answer):
    assert possible(tree) is answer


def test_what_is_known_is_not_up_for_guessing():
    tree = both(leaf("employees", "at_least", 200), leaf("title", "is", "CFO"))

    assert possible(tree, {"employees": 100}) is False
    assert possible(tree, {"employees": 200}) is True
    assert possible(tree, {"employees": 200, "title": "CEO"}) is False


def test_past_the_bounds_we_say_that_it_could():
    many = both(
        *({"any": [leaf(key, "is", 1), leaf(key, "is", 2)]} for key in ("employees", "budget")),
        *(leaf("title", "contains", letter) for letter in "abcdefg"),
        {"not": leaf("title", "contains", "a")},
    )

    assert possible(many) is True


GRID = {
    "employees": [Decimal(n) / 2 for n in range(-6, 28)],
    "budget": [Decimal(n) / 2 for n in range(-6, 28)],
    "industry": [key for key, _label in INDUSTRIES],
    "source": ["1", "2", "3", "4"],
    "customer": [True, False],
    "ends": [date(2026, 9, 1) + timedelta(days=n) for n in range(170)],
}
GRID_LEAVES = st.one_of(
    st.builds(
        leaf,
        st.sampled_from(["employees", "budget"]),
        st.sampled_from(["is", "above", "below"]),
        st.integers(0, 9),
    ),
    st.builds(
        leaf,
        st.just("industry"),
        st.sampled_from(["is", "is_not"]),
        st.sampled_from(["dairy", "water", "pulp"]),
    ),
    st.builds(leaf, st.just("source"), st.sampled_from(["is", "is_not"]), st.sampled_from("123")),
    st.builds(leaf, st.just("customer"), st.sampled_from(["is_true", "is_false"])),
    st.builds(leaf, st.just("ends"), st.sampled_from(["within_last", "within_next", "older_than"]), SPANS),
    st.builds(leaf, st.just("ends"), st.sampled_from(["before", "after"]), DAYS),
    st.builds(leaf, st.sampled_from(sorted(GRID)), st.sampled_from(["known", "unknown"])),
)
GRID_TREES = st.recursive(
    GRID_LEAVES,
    lambda parts: st.one_of(
        st.builds(lambda some: {"all": some}, st.lists(parts, min_size=2, max_size=4)),
        st.builds(lambda some: {"any": some}, st.lists(parts, min_size=2, max_size=3)),
        st.builds(lambda part: {"not": part}, parts),
    ),
    max_leaves=7,
)


@given(GRID_TREES, st.data())
@settings(deadline=None, max_examples=300)
def test_it_could_hold_exactly_if_trying_every_answer_finds_one(tree, data):
    node = read(tree, TERMS)
    used = sorted(fields(tree))
    unknown = data.draw(st.lists(st.sampled_from(used), unique=True, min_size=1, max_size=2))
    facts = {key: data.draw(st.sampled_from(GRID[key])) for key in used if key not in unknown}

    answers = product(*([*GRID[key], None] for key in unknown))
    found = any(holds(node, facts | dict(zip(unknown, answer, strict=True))) for answer in answers)

    assert possible(node, facts) is found


# --- when time alone changes the answer ---------------------------------------------------------------


def midnight(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("comparison", "ends", "turns"),
    [
        (leaf("ends", "within_next", 90), "2027-03-01", midnight(2026, 12, 1)),
        (leaf("ends", "within_next", 90), "2026-12-01", midnight(2026, 12, 2)),
        (leaf("ends", "within_next", 90), "2026-11-21", None),
        (leaf("ends", "within_last", 7), "2026-11-20", midnight(2026, 11, 28)),
        (leaf("ends", "within_last", 7), "2026-11-25", midnight(2026, 11, 25)),
        (leaf("ends", "within_last", 7), "2026-11-01", None),
        (leaf("ends", "older_than", 7), "2026-11-20", midnight(2026, 11, 28)),
        (leaf("ends", "before", "2027-01-01"), "2026-11-20", None),
        (leaf("ends", "within_next", 90), "unheard of", None),
        (leaf("ends", "known"), "2026-11-20", None),
    ],
)
def test_a_dated_comparison_turns_when_a_day_begins(comparison, ends, turns):
    assert next_change(comparison, {"ends": ends}, TERMS, at=AT) == turns


def test_the_day_begins_in_the_zone_that_is_asked():
    oslo = ZoneInfo("Europe/Oslo")
    tree, facts = leaf("ends", "within_last", 7), {"ends": "2026-11-20"}

    turns = next_change(tree, facts, TERMS, at=AT, zone=oslo)

    assert turns == datetime(2026, 11, 28, tzinfo=oslo)
    assert holds(tree, facts, at=turns - timedelta(microseconds=1), zone=oslo) is True
    assert holds(tree, facts, at=turns, zone=oslo) is False


def test_a_day_once_begun_is_not_undone_by_clocks_going_back():
    """In St John's, at 00:01 on a Sunday in 2006, it was 23:01 on the Saturday again."""
    st_johns = ZoneInfo("America/St_Johns")
    sunday = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)
    tree, facts = leaf("ends", "within_last", 0), {"ends": "2006-10-29"}

    answers = [holds(tree, facts, at=sunday + timedelta(minutes=n), zone=st_johns) for n in (-1, 0, 2, 90)]

    assert answers == [False, True, True, True]


CHANGING_ZONES = st.sampled_from(["UTC", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(
    ZoneInfo
)


@given(TREES, FACTS, INSTANT, CHANGING_ZONES, st.lists(st.floats(0, 1), max_size=20))
@settings(deadline=None, max_examples=300)
def test_nothing_changes_before_the_next_change(tree, facts, at, zone, moments):
    assume(validate(tree, TERMS) == [])
    node = read(tree, TERMS)
    answer = holds(node, facts, at=at, zone=zone)

    turns = next_change(node, facts, TERMS, at=at, zone=zone)

    until = turns or at + timedelta(days=200)
    assert until > at
    midnights = [datetime.combine(at.date() + timedelta(days=n), time(), zone) for n in range(1, 200)]
    instants = (
        [at + (until - at) * share for share in moments] + midnights + [until - timedelta(microseconds=1)]
    )
    assert {holds(node, facts, at=then, zone=zone) for then in instants if at <= then < until} <= {answer}
