"""Whatever looks at an address in a mail only looks: nobody unsubscribes, accepts or is passed by it."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from leads.models import Activity
from leads.visitors import introduction
from nurture import links
from nurture.channels import Email
from nurture.due import load
from nurture.models import Part, Touch
from people.models import Company
from tests.sending import sent
from tests.test_access import OPEN, PAGES, named

pytestmark = pytest.mark.django_db
#: Traces of what came and how sure we are of it; tallies and their units are sums of the activities.
TRACES = {
    "django_session", "leads_activity", "leads_knock", "leads_burst", "leads_grading", "leads_tally",
    "leads_counted", "leads_recent", "leads_identity",
}  # fmt: skip


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "http://testserver"


def rows():
    """What was written so far in this transaction, by table; partitions count as what they are part of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT regexp_replace(relname, '_[0-9]{4}_[0-9]{2}$', ''),"
            " sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables GROUP BY 1"
        )
        return {table: count for table, count in cursor.fetchall() if table not in TRACES}


def written(ask):
    before = rows()
    ask()
    return {table for table, count in rows().items() if count != before.get(table, 0)}


@pytest.fixture
def touch():
    return sent(at=timezone.now() - timedelta(hours=1))


def addresses(touch):
    """Every address that a mail carries, in its text, its headers and its picture."""
    return [
        *(links.follow_address(touch.public_id, number) for number in range(len(touch.links))),
        links.unsubscribe_address(touch.public_id),
        links.open_address(touch.public_id),
    ]


@pytest.mark.parametrize("how", ["get", "head"])
def test_following_every_address_of_a_mail_writes_traces_only(touch, how):
    client = Client()

    changed = written(lambda: [getattr(client, how)(one) for one in addresses(touch)])

    assert changed == set()
    touch.lead.refresh_from_db()
    assert touch.lead.refused == []


@pytest.mark.parametrize("how", ["get", "head"])
def test_every_page_that_takes_a_token_or_that_strangers_may_open_only_looks(touch, how):
    client, tried = Client(), []
    token = links.token(touch.public_id, salt=links.UNSUBSCRIBE)
    asked = [name for name in named(get_resolver()) if PAGES[name][2] == OPEN and PAGES[name][0] == "get"]

    def ask():
        for name in asked:
            details = {key: token if key == "token" else value for key, value in PAGES[name][1].items()}
            there = reverse(name, kwargs=details)
            for query in ("", f"?v={introduction(touch.lead)}"):
                tried.append(getattr(client, how)(there + query).status_code)

    assert written(ask) == set()
    assert [status for status in tried if status >= 500] == []


def due(touch, part):
    """The touch as the engine loads it, with these words."""
    token = uuid.uuid4()
    Touch.objects.filter(pk=touch.pk).update(token=token)
    (found,) = load([touch.pk], token, "email", None, timezone.now())
    return replace(found, words=part)


def test_the_mail_that_goes_out_carries_no_other_address(touch, monkeypatch):
    """Whatever is added to mails must be followed above."""
    part = Part(channel="email", subject="Hello", body="[One](https://a.example/) [Two](https://b.example/)")
    prepared = Email(Company(name="Us")).prepare(due(touch, part), {}, at=timezone.now())

    found = set(re.findall(r"http://testserver/[^\s\"<>)]+", _plain(prepared.content.message)))

    assert found <= set(addresses(touch))
    assert links.open_address(touch.public_id) in found


def test_an_installation_that_does_not_want_to_know_sends_no_picture_and_writes_no_opening(
    touch, settings, client
):
    settings.TRACK_OPENS = False
    part = Part(channel="email", subject="Hello", body="Hello")
    prepared = Email(Company(name="Us")).prepare(due(touch, part), {}, at=timezone.now())

    answer = client.get(links.open_address(touch.public_id))

    assert "<img" not in _plain(prepared.content.message)
    assert (answer.status_code, answer["Content-Type"], Activity.objects.count()) == (200, "image/gif", 0)


def _plain(content):
    """A mail's two halves and headers as they are read."""
    letter = message_from_bytes(content, policy=policy.default)
    return "\n".join([*map(str, letter.values()), *(part.get_content() for part in letter.iter_parts())])
