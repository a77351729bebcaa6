"""Which questions a form asks this visitor: what is not known yet, a few at a time, by rule and order.

Pure: what is known of the visitor in, questions out. It looks at which fields are known and since when,
and never at what they hold.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.models import Question

Ask = Question.Ask
MOST_VISITS = 6


@dataclass(frozen=True)
class Known:
    """What is known of a visitor: which fields since when, their name, company, and what they have sent."""

    since: Mapping[str, datetime] = field(default_factory=dict)
    submissions: int = 0
    name: bool = False
    company: bool = False


STRANGER = Known()


@dataclass(frozen=True)
class Visit:
    """One visit to a form as it would be: what is asked, and what is not, with the reason."""

    asked: list[Question]
    left: list[tuple[Question, str]]


def asked(questions: Iterable[Question], known: Known, most: int | None, at: datetime) -> list[Question]:
    """The questions for this visitor in their order: those always asked, others up to `most` in all."""
    due = [question for question in questions if not reason_against(question, known, at)]
    if most is None:
        return due
    room = most - sum(question.ask == Ask.ALWAYS for question in due)
    others = [question for question in due if question.ask != Ask.ALWAYS][: max(room, 0)]
    return [question for question in due if question.ask == Ask.ALWAYS or question in others]


def visit(questions: Iterable[Question], known: Known, most: int | None, at: datetime) -> Visit:
    """What this visitor is asked now, and why not the rest."""
    every = list(questions)
    now = asked(every, known, most, at)
    later = _("a later visit: enough for one page")
    left = [(one, reason_against(one, known, at) or later) for one in every if one not in now]
    return Visit(now, left)


def visits(questions: Iterable[Question], known: Known, most: int | None, at: datetime) -> list[Visit]:
    """What somebody is asked who answers everything and comes back at once, until nothing new is asked."""
    every, found = list(questions), list[Visit]()
    while len(found) < MOST_VISITS:
        now = visit(every, known, most, at)
        if found and all(question.ask == Ask.ALWAYS for question in now.asked):
            break
        found.append(now)
        since = {**known.since, **{question.key: at for question in now.asked}}
        known = replace(known, since=since, submissions=known.submissions + 1, name=True, company=True)
    return found


def reason_against(question: Question, known: Known, at: datetime) -> str:
    """Why this question is not asked now; empty where it is."""
    since, number = known.since.get(question.key), question.number or 1
    if question.ask == Ask.ALWAYS:
        return ""
    if question.ask == Ask.AFTER and known.submissions < number:
        return ngettext("asked after %d submission", "asked after %d submissions", number) % number
    if since is None:
        return ""
    if question.ask != Ask.AGAIN:
        return _("known")
    again = months_after(since, number)
    return "" if again <= at else _("known; asked again from %s") % f"{again:%Y-%m-%d}"


def months_after(at: datetime, months: int) -> datetime:
    """The same day so many months later; the last of the month where that day doesn't exist."""
    number = at.year * 12 + at.month - 1 + months
    year, month = divmod(number, 12)
    if year > 9998:
        return at.replace(year=9998)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
