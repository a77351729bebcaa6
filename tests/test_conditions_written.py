"""What may be written in the language, and how it reads in English."""

import pytest
from hypothesis import assume, given, settings

from leads.conditions import InvalidCondition, Problem, compile_sql, fields, read, sentence, validate
from tests.conditions import AT, FALSE, TERMS, TREES, TRUE, holds, leaf

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


@given(TREES)
@settings(deadline=None)
def test_every_valid_tree_has_a_sentence_and_names_its_fields(tree):
    assume(validate(tree, TERMS) == [])
    words = sentence(tree, TERMS)

    labels = {"VAT number" if key == "vat" else TERMS[key].label.lower() for key in fields(tree)}
    assert {label for label in labels if label in words} == labels
    assert fields(tree) == fields(read(tree, TERMS))
