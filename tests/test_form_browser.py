"""A form is built by keyboard alone, sent twice by one person, and shown inside somebody's page."""

import functools
import http.server
import threading
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leads import passes
from leads.embedding import snippet
from leads.models import Form, Identity, Lead, Submission
from tests import make
from tests.forms import a_form

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
WHO = {
    "E-mail": "henrik@aalberg.example",
    "First name": "Henrik",
    "Last name": "Sandvik",
    "Company": "Aalberg",
}
FIVE = ("Job title", "Job function", "Employees", "Budget", "Interest")


@pytest.fixture
def ruth(page, live_server, client, settings):
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    make.source("Website")
    make.marketing_manager()
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return ruth


def tab_to(page, target):
    """Go on by the Tab key until this has the focus, as somebody without a mouse does."""
    for _step in range(120):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} can't be reached by Tab")


def add(page, label):
    tab_to(page, page.locator("select[name=add]"))
    page.keyboard.type(label)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-item]").last).to_have_attribute("data-name", label)
    expect(page.locator("[data-item]").last.locator("input[type=text]")).to_be_focused()


def names(page):
    return page.locator("[data-item]").evaluate_all("rows => rows.map(row => row.dataset.name)")


def choose(page, name, value, down):
    """Choose an option of a select by the arrow key."""
    box = page.locator(f"select[name='{name}']")
    tab_to(page, box)
    for _step in range(down):
        page.keyboard.press("ArrowDown")
    expect(box).to_have_value(value)


def test_five_questions_are_built_by_keyboard_and_a_known_person_is_asked_the_rest(page, live_server, ruth):
    page.goto(live_server.url + reverse("form_new"))
    tab_to(page, page.locator("[name=title]"))
    page.keyboard.type("The pump guide")
    for label in FIVE:
        add(page, label)
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    assert names(page) == ["Job title", "Job function", "Interest", "Employees", "Budget"]
    expect(page.locator("[data-said]")).to_have_text("Interest: 3 / 5")
    tab_to(page, page.locator("[name=at_a_time]"))
    page.keyboard.type("2")
    expect(page.locator(".visits li")).to_have_text(
        ["Job title, Job function", "Interest, Employees", "Budget"]
    )
    tab_to(page, page.locator("[name=slug]"))
    page.keyboard.type("guide")
    choose(page, "source", str(make.source("Website").pk), 1)
    tab_to(page, page.locator("#builder button[value=save]"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/forms/guide/")

    visit(page, live_server.url + "/f/guide/", {"Job title": "Director", "Job function": "Operations"})
    henrik = Lead.objects.get()
    mailed = passes.with_pass(live_server.url + "/f/guide/", henrik, timezone.now() - timedelta(hours=1))
    asked = visit(page, mailed, {"Interest": "CIP", "Employees": "640"})

    assert [label for label in asked if label in FIVE] == ["Interest", "Employees"]
    assert "First name" not in asked
    henrik.refresh_from_db()
    known = {**henrik.account.facts, **henrik.facts}
    assert known == {
        "title": "Director",
        "job_function": "Operations",
        "interest": "CIP",
        "employees": 640,
    }
    assert [one.outcome for one in Submission.objects.all()] == ["admitted"] * 2


def visit(page, address, answers):
    """Fill in what is asked and send it; returns what was asked."""
    page.goto(address)
    asked = page.locator("main label").all_inner_texts()
    who = {
        "E-mail": "henrik@aalberg.example",
        "First name": "Henrik",
        "Last name": "Sandvik",
        "Company": "Aalberg",
    }
    for label, text in {**who, **answers}.items():
        if label not in asked:
            continue
        box = page.get_by_label(label, exact=True)
        if box.evaluate("one => one.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    page.wait_for_timeout(1100)  # nobody is quicker
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/thanks/")
    return asked


def test_questions_are_dragged_into_another_order(page, live_server, ruth):
    form = a_form()
    page.goto(live_server.url + reverse("form_edit", args=[form.slug]))

    page.locator("[data-handle]").nth(2).drag_to(
        page.locator("[data-item]").first, target_position={"x": 40, "y": 4}
    )

    assert names(page) == ["Wants to buy by", "Job title", "Employees"]
    page.locator("#builder button[value=save]").click()
    expect(page.locator("#toasts")).to_contain_text("is saved")
    assert [one.key for one in form.questions.select_related("field")] == ["buys_by", "title", "employees"]


def test_the_builder_works_without_a_script(browser, live_server, ruth, page):
    form = a_form()
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(live_server.url + reverse("form_edit", args=[form.slug]))

    plain.get_by_role("button", name="Ask later: Job title").click()
    plain.get_by_role("button", name="Do not ask: Wants to buy by").click()
    plain.locator("#builder button[value=save]").click()

    assert [one.key for one in form.questions.select_related("field")] == ["employees", "title"]
    context.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words):
        pass


@pytest.fixture
def neighbour(folder):
    """A web site that is not ours: it serves what lies in a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("named", [True, False])
def test_a_form_stands_in_a_page_of_a_named_site_only(page, live_server, settings, folder, neighbour, named):
    settings.SITE_URL = live_server.url
    form = a_form(sites=[neighbour] if named else ["https://other.example"], asks=())
    policy = f"default-src 'self'; script-src {live_server.url}; frame-src {live_server.url}"
    strict = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    (folder / "index.html").write_text(f"<!doctype html><head>{strict}</head><body>{snippet(form)}</body>")
    trouble = []
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)

    browser = uuid.uuid4()
    page.context.add_cookies([{"name": "baton_v", "value": browser.hex, "url": neighbour}])
    page.goto(neighbour)
    frame = page.frame_locator("iframe")

    if not named:
        page.wait_for_timeout(500)
        assert any("frame-ancestors" in text for text in trouble)
        return
    frame.get_by_label("E-mail").fill("henrik@aalberg.example")
    frame.get_by_label("First name").fill("Henrik")
    frame.get_by_label("Last name").fill("Sandvik")
    page.wait_for_timeout(1100)  # nobody is quicker
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [text for text in trouble if "favicon" not in text and "404" not in text] == []
    assert Form.objects.get().submissions.get().outcome == "admitted"
    assert Identity.objects.get(key=browser).lead.email == "henrik@aalberg.example"
