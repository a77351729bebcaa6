"""A vocabulary to speak of leads in tests, and trees and facts to be drawn at random."""

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from hypothesis import strategies as st

from leads.conditions import (
    Term,
    compile_sql,
    evaluate,
    vocabulary,
)
from leads.conditions.values import UTC_ZONE

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


TRUE, FALSE, UNKNOWN = leaf("customer", "is_true"), leaf("customer", "is_false"), leaf("title", "is", "x")

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
