"""Working hours to test with."""

from datetime import datetime
from zoneinfo import ZoneInfo

from people.clock import (
    WorkingHours,
)

OSLO = ZoneInfo("Europe/Oslo")
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_DAYS = EVERY_DAY[:5]
OFFICE = {
    "time_zone": "Europe/Oslo",
    "week": {day: [["08:00", "12:00"], ["13:00", "16:30"]] for day in OFFICE_DAYS},
    "country": "NO",
    "subdivision": "",
    "closed": ["2026-12-24"],
}


def office(**changes):
    return WorkingHours.parse({**OFFICE, **changes})


def nine_to_five(zone, days=OFFICE_DAYS, country=""):
    week = {day: [["09:00", "17:00"]] for day in days}
    return WorkingHours.parse({"time_zone": zone, "week": week, "country": country})


def oslo(*parts):
    return datetime(*parts, tzinfo=OSLO)
