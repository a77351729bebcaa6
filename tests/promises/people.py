"""What the database refuses of people."""

from datetime import timedelta

from people.models import Absence, Company, Notice
from tests import make
from tests.promises.breaking import AT, again, update


def notice():
    return Notice.objects.create(user=make.user(), channel="email", key="k", subject="Hi", at=AT, due_at=AT)


def ended_before_it_started():
    first = AT.date()
    Absence.objects.create(user=make.user(), first_day=first, last_day=first - timedelta(days=1))


def an_address_in_capitals():
    user = make.user()
    again(user, email=user.email.upper())


ILLEGAL = {
    "a_calendar_has_a_working_hour": [
        lambda: update(make.calendar(), week={}),
        lambda: update(make.calendar(), week={"mon": [], "tue": None}),
    ],
    "an_absence_ends_after_it_starts": ended_before_it_started,
    "there_is_one_company": lambda: Company.objects.create(pk=2, name="Another"),
    "one_notice_per_person_channel_and_key": lambda: again(notice()),
    "a_notice_is_sent_if_and_only_if_it_has_sent_at": [
        lambda: update(notice(), state="sent"),
        lambda: update(notice(), sent_at=AT),
    ],
    "a_notice_goes_to_one_of_us_or_to_an_address": [
        lambda: update(notice(), user=None),
        lambda: update(notice(), recipient="ann@acme.example"),
        lambda: update(notice(), user=None, recipient="ann@acme.example", channel="in_app"),
    ],
    "one_user_per_email": an_address_in_capitals,
}
LEDGERS = {}
