"""Working hours as calendars and agreements write them."""

import pytest

from people.clock import (
    WorkingHours,
)
from tests.hours import OFFICE, office


def test_hours_survive_being_written_down_and_read_again():
    days = [f"2026-12-{day}" for day in range(10, 32)]
    hours = office(closed=days[::-1])

    assert hours.as_terms() == {**OFFICE, "closed": days}
    assert WorkingHours.parse(hours.as_terms()) == hours


def test_spans_may_be_written_in_any_order_and_end_at_midnight():
    hours = office(week={"sat": [["20:00", "24:00"], ["00:00", "06:00"]]})

    assert hours.as_terms()["week"] == {"sat": [["00:00", "06:00"], ["20:00", "24:00"]]}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"week": {}}, "The week has no working hour."),
        ({"week": {"mon": []}}, "The week has no working hour."),
        ({"week": None}, "The week must list the hours of each day."),
        ({"week": {"monday": [["08:00", "12:00"]]}}, "The week has no day called “monday”."),
        ({"week": {"mon": [["12:00", "08:00"]]}}, "On mon the hours end before they start."),
        ({"week": {"mon": [["08:00", "08:00"]]}}, "On mon the hours end before they start."),
        ({"week": {"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}}, "The hours of mon overlap."),
        ({"week": {"mon": [["08:00"]]}}, "The hours of mon must be pairs of a start and an end."),
        ({"week": {"mon": "08:00"}}, "“08:00” should be a list."),
        ({"week": {"mon": [["8", "12:00"]]}}, "“8” is not a time such as 08:30."),
        ({"week": {"mon": [["08:00", "24:01"]]}}, "“24:01” is not a time such as 08:30."),
        ({"week": {"mon": [[8, 12]]}}, "“8” is not a time such as 08:30."),
        ({"time_zone": "Europe/Atlantis"}, "There is no time zone called “Europe/Atlantis”."),
        ({"time_zone": "../etc/passwd"}, "There is no time zone called “../etc/passwd”."),
        ({"time_zone": ""}, "There is no time zone called “”."),
        ({"time_zone": None}, "There is no time zone called “None”."),
        ({"country": "XX"}, "No holidays are known for the country “XX”."),
        ({"country": 47}, "The country and its part must be short codes, such as “NO”."),
        ({"subdivision": "Bavaria"}, "“NO” has no part called “Bavaria”."),
        ({"closed": ["Christmas"]}, "“Christmas” is not a date such as 2026-12-24."),
        ({"closed": "2026-12-24"}, "“2026-12-24” should be a list."),
        ({"holiday": []}, "Working hours have no “holiday”."),
    ],
)
def test_bad_hours_are_refused_in_a_plain_sentence(changes, sentence):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011  the sentence is compared whole
        office(**changes)

    assert str(refusal.value) == sentence
