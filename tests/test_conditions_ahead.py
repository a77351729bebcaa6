"""What could still become true: by learning more, or by waiting."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leads.conditions import (
    Term,
    could_hold,
    fields,
    next_change,
    read,
    validate,
    vocabulary,
)
from tests.conditions import (
    AT,
    DAYS,
    FACTS,
    INDUSTRIES,
    INSTANT,
    SPANS,
    TERMS,
    TREES,
    holds,
    leaf,
)

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
        (
            both(
                leaf("title", "starts_with", "a"),
                leaf("title", "contains", "b"),
                {"not": leaf("title", "contains", "ab")},
            ),
            True,
        ),
        (both({"not": leaf("title", "starts_with", "a")}, leaf("title", "contains", "b")), True),
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


def unlike(one, other):
    """One of two fields is 1 and the other is 2."""
    return {
        "any": [
            both(leaf(one, "is", "1"), leaf(other, "is", "2")),
            both(leaf(one, "is", "2"), leaf(other, "is", "1")),
        ]
    }


@pytest.mark.parametrize(("others", "answer"), [(3, False), (12, True)])
def test_when_there_is_too_much_to_try_we_say_that_it_could(others, answer):
    """Three fields cannot all be unlike with two answers; the free ones before them hide it."""
    keys = [f"a{n}" for n in range(others)]
    terms = vocabulary(*(Term(key, key, "choice", "NULL") for key in [*keys, "x", "y", "z"]))
    free = [{"any": [leaf(key, "is", "1"), leaf(key, "is", "2")]} for key in keys]

    tree = both(*free, unlike("x", "y"), unlike("y", "z"), unlike("x", "z"))

    assert could_hold(tree, {}, terms, at=AT) is answer


@pytest.mark.parametrize(("letters", "answer"), [("abcdef", False), ("abcdefg", True)])
def test_too_many_texts_to_combine_could_hold(letters, answer):
    contained = [leaf("title", "contains", letter) for letter in letters]

    assert possible(both(*contained, leaf("title", "is", "x"))) is answer
    assert possible(both(*contained, leaf("employees", "above", 1), leaf("employees", "below", 1))) is False


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
