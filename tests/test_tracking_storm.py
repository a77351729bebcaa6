"""Tracking under trouble: what was answered is stored, whatever dies, and writers never wait in a circle."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone

from config import embedded
from leads import activities, committing, ingest, visitors
from leads.models import Activity, Identity, Signal, Tally
from tests import make
from tests import make_scores as made
from tests.tracking import CHROME, SITE, event, played, post, site  # noqa: F401 - a fixture
from tests.web import kill, serving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engine,
    pytest.mark.usefixtures("site"),
]


# --- a web process of its own -----------------------------------------------------------------------


@pytest.fixture
def web(surroundings):
    with serving(surroundings) as there:
        yield there


def report(port, answered, number):
    """A browser that reports one visit after the other until nobody answers; keeps what was answered 204."""
    there = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    headers = {"Origin": SITE, "User-Agent": CHROME, "Content-Type": "text/plain"}
    browser = uuid.uuid4()
    for turn in range(10_000):
        told = event(browser, i=f"{number}x{turn}")
        try:
            there.request("POST", "/t/", json.dumps(told), headers)
            answer = there.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return
        if answer.status == 204:
            answered.append(f"{told['t']}.{told['v']}.{told['i']}")


def test_nothing_that_was_answered_is_lost_when_the_web_is_killed(web):
    port, running = web
    answered: list[str] = []
    browsers = [threading.Thread(target=report, args=(port, answered, n)) for n in range(8)]
    for browser in browsers:
        browser.start()
    until = time.monotonic() + 20
    while len(answered) < 300 and time.monotonic() < until:
        time.sleep(0.05)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_activity IN SHARE MODE")  # whatever is answered now is a lie
        time.sleep(0.5)
        kill(running)
    for browser in browsers:
        browser.join()

    stored = set(Activity.objects.values_list("dedupe_key", flat=True))
    assert len(answered) >= 300
    assert set(answered) - stored == set()
    assert len(stored - set(answered)) <= len(browsers)  # stored, and nobody was left to say so


# --- the database goes away -------------------------------------------------------------------------


class Line:
    """A line to the database that can be cut: a relay on a port of its own."""

    def __init__(self, there):
        self.there, self.port = there, embedded.free_port(24980)
        self.ends: list[socket.socket] = []
        self.mend()

    def mend(self):
        self.listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listening,), daemon=True).start()

    def accept(self, listening):
        while True:
            try:
                near, _address = listening.accept()
            except OSError:
                return
            far = socket.create_connection(self.there)
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.relay, args=(one, other), daemon=True).start()

    def relay(self, one, other):
        with contextlib.suppress(OSError):
            while words := one.recv(65536):
                other.sendall(words)
        hang_up(other)

    def cut(self):
        for end in [self.listening, *self.ends]:
            hang_up(end)
        self.ends = []


def hang_up(end):
    """Close an end that somebody may be listening at: without the first word they would never hear of it."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def line(monkeypatch):
    """The committer's connection goes over a line that can be cut."""
    direct = committing.direct()
    made = Line((direct["host"], int(direct["port"])))
    monkeypatch.setattr(committing, "direct", lambda: {**direct, "host": "127.0.0.1", "port": made.port})
    yield made
    made.cut()


def test_while_the_database_is_away_nothing_is_acknowledged_and_then_it_goes_on(line):
    async def story():
        told = [(await post(event()))[0]]
        line.cut()
        began = time.monotonic()
        told += [(await post(event()))[0] for _ in range(20)]
        took = time.monotonic() - began
        line.mend()
        while (status := (await post(event()))[0]) == 503 and time.monotonic() - began < 20:
            await asyncio.sleep(0.1)
        return told, took, status

    told, took, status = played(story())

    assert (told, status) == ([204] + [503] * 20, 204)
    assert took < 5
    assert Activity.objects.count() == 2


# --- others write at the same time ------------------------------------------------------------------


def readings(lead):
    return Tally.objects.get(lead=lead).sums


def test_visits_and_all_who_write_to_a_lead_never_wait_in_a_circle():
    made.signal()
    made.signal(unit=Signal.Unit.PER_OBJECT)
    leads = [make.lead() for _ in range(3)]
    browsers = [uuid.uuid4() for _ in range(6)]
    troubles, done = [], threading.Event()

    def meddle():
        try:
            turn = 0
            while not done.is_set():
                turn += 1
                lead = leads[turn % 3]
                activities.rebuild([one.pk for one in leads])
                visitors.identify(browsers[turn % 6], lead, at=timezone.now())
                thread = Identity.objects.filter(lead=lead).order_by("?").first()
                activities.record(
                    [activities.Event(thread.pk, "visit", timezone.now(), f"other {turn}", about="/a/")],
                    known_at=timezone.now(),
                )
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    async def story():
        meddling = threading.Thread(target=meddle)
        meddling.start()
        statuses = []
        for turn in range(25):
            some = [event(browser, u=f"/page/{turn % 4}/") for browser in browsers * 2]
            statuses += [status for status, _headers in await asyncio.gather(*map(post, some))]
        done.set()
        await asyncio.to_thread(meddling.join)
        return statuses

    statuses = played(story())

    assert troubles == []
    assert set(statuses) == {204}
    moved = [readings(lead) for lead in leads]
    activities.rebuild([lead.pk for lead in leads])
    assert moved == [readings(lead) for lead in leads]
    assert Activity.objects.exclude(dedupe_key__startswith="other").count() == 25 * 12


def test_a_lead_that_somebody_holds_delays_nobody_but_its_own_visits():
    held, free = make.lead(), make.lead()
    holding, let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            activities.lock_tallies([held.pk])
            holding.set()
            let_go.wait(10)
        connection.close()

    async def story():
        slow = asyncio.create_task(post(event(held_browser)))
        began = time.monotonic()
        quick = [(await post(event(browser)))[0] for browser in [free_browser] * 5]
        took, waited = time.monotonic() - began, not slow.done()
        let_go.set()
        return quick, took, waited, (await slow)[0]

    held_browser, free_browser = (lead.identities.get().key for lead in (held, free))
    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(5)
    quick, took, waited, slow = played(story())
    holder.join()

    assert (quick, waited, slow) == ([204] * 5, True, 204)
    assert took < 2


def test_a_poisoned_report_harms_only_itself(monkeypatch):
    poison = event()
    visit = ingest.visits.Visit

    def poisoned(*cells):
        made = visit(*cells)
        return made._replace(details="{") if made.key.endswith(poison["i"]) else made

    monkeypatch.setattr(ingest.visits, "Visit", poisoned)

    async def story():
        return [answer[0] for answer in await asyncio.gather(*map(post, [event(), poison, event()]))]

    assert played(story()) == [204, 400, 204]
    assert Activity.objects.count() == 2
