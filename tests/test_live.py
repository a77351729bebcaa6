"""The stream that tells an open inbox to look again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from handoff import live
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


@pytest.fixture
def direct(monkeypatch):
    """The listening connection goes to the test's own database."""
    there = connection.settings_dict
    credentials = there["USER"] + (f":{there['PASSWORD']}" if there["PASSWORD"] else "")
    address = f"postgres://{credentials}@{there['HOST']}:{there['PORT']}/{there['NAME']}"
    monkeypatch.setattr(settings, "DATABASE_DIRECT_URL", address)
    monkeypatch.setattr(live, "switchboard", live.Switchboard())


def session_of(user) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def scope(key: str = "", method: str = "GET") -> dict:
    cookie = f"theme=dark; {settings.SESSION_COOKIE_NAME}={key}".encode()
    return {"type": "http", "method": method, "path": "/live/", "headers": [(b"cookie", cookie)]}


def notify(user_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('inbox', %s)", [str(user_id)])
    connection.close()


def played(story):
    """Run a story on a thread of its own: the browser's loop may live on this one."""
    with ThreadPoolExecutor(1) as stage:
        return stage.submit(asyncio.run, story).result()


class Page:
    """An open page: what the server sent it, and when it goes away."""

    def __init__(self):
        self.got = asyncio.Queue()
        self.closing = asyncio.Event()

    async def receive(self):
        await self.closing.wait()
        return {"type": "http.disconnect"}

    async def next(self):
        return await asyncio.wait_for(self.got.get(), 5)


async def tune_in(key: str, **request):
    page = Page()
    serving = asyncio.create_task(live.application(scope(key, **request), page.receive, page.got.put))
    start = await page.next()
    return page, serving, start["status"]


async def hang_up(page: Page, serving: asyncio.Task) -> None:
    page.closing.set()
    await asyncio.wait_for(serving, 5)
    if live.switchboard.hearing:
        live.switchboard.hearing.cancel()


def test_a_stranger_hears_nothing(direct):
    page, _serving, status = played(tune_in("made-up"))

    assert status == 403
    assert page.got.get_nowait()["body"] == b""


def test_a_reader_hears_their_own_news_and_nobody_elses(direct):
    marit, karl = make.rep("Marit Dahl"), make.rep("Karl Holt")

    async def story():
        page, serving, status = await tune_in(session_of_marit)
        heard = [status, (await page.next())["body"], (await page.next())["body"]]  # hello, first look
        await asyncio.to_thread(notify, karl.pk)
        await asyncio.to_thread(notify, marit.pk)
        heard.append((await page.next())["body"])
        await asyncio.sleep(0.2)
        heard.append(page.got.qsize())
        await hang_up(page, serving)
        return heard

    session_of_marit = session_of(marit)
    look = b"event: inbox\ndata: look\n\n"
    assert played(story()) == [200, b"retry: 1000\n\n", look, look, 0]


def test_somebody_who_left_is_hung_up_on(direct, monkeypatch):
    marit = make.rep("Marit Dahl")
    key = session_of(marit)
    monkeypatch.setattr(live, "BREATH", 0.2)

    def deactivate():
        type(marit).objects.filter(pk=marit.pk).update(is_active=False)
        connection.close()

    async def story():
        _page, serving, status = await tune_in(key)
        await asyncio.to_thread(deactivate)
        await asyncio.wait_for(serving, 5)
        live.switchboard.hearing.cancel()
        return status

    assert played(story()) == 200
    assert live.switchboard.pages == {}
