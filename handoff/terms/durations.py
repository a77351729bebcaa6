"""Lengths of time as the agreement says them."""

from django.utils.translation import ngettext


def working_time(minutes: int) -> str:
    """Working time as people say it."""
    hours, rest = divmod(minutes, 60)
    if rest or not hours:
        return ngettext("%(n)d working minute", "%(n)d working minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d working hour", "%(n)d working hours", hours) % {"n": hours}


def days(number: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", number) % {"n": number}
