"""What every page looks like: policies on templates and styles, and a real browser's opinion."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from lucide import IconDoesNotExist

from config.context import PAGES
from leads.timeline import ICONS
from people.templatetags.baton import icon
from people import samples
from tests import make

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
NAMING = [*TEMPLATES, *(ROOT / "static" / "js").glob("*.js"), *(ROOT / "people").rglob("*.py")]
WIDTHS, THEMES = (390, 1440), ("light", "dark")
POLICY = "Content Security Policy"


def found(pattern, paths):
    return [
        (path.relative_to(ROOT).as_posix(), match.group())
        for path in paths
        for match in re.finditer(pattern, path.read_text())
    ]


# --- policies -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\sstyle\s*=", id="style attribute"),
        pytest.param(r"<style\b", id="style element"),
        pytest.param(r"<script\b(?![^>]*\ssrc=)[^>]*>", id="script without a source"),
        pytest.param(r"\son[a-z]+\s*=", id="handler attribute"),
        pytest.param(r"(?i)javascript:", id="javascript address"),
        pytest.param(r"\shx-on\b", id="htmx handler"),
        pytest.param(r"""(?:src|href)=["']?(?:https?:)?//""", id="somebody else's server"),
    ],
)
def test_no_template_brings_what_the_content_security_policy_refuses(pattern):
    assert found(pattern, TEMPLATES) == []


def drawn(name):
    try:
        return icon(name) != ""
    except IconDoesNotExist:
        return False


def test_every_icon_that_is_named_can_be_drawn():
    tags = found(r"{% icon \"[^\"]+", TEMPLATES)
    named = {tag.split('"')[1] for _path, tag in tags} | {page[2] for page in PAGES} | set(ICONS.values())
    named |= {entry.icon for entry in samples.SHOWN["entries"]}

    assert sorted(name for name in named if not drawn(name)) == []


def test_an_icon_that_does_not_exist_is_loud():
    with pytest.raises(IconDoesNotExist):
        icon("a-baton-in-flight")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_each_style_sheet_is_one_layer(path):
    assert len(re.findall(r"^@layer [a-z]+ {", path.read_text(), re.MULTILINE)) == 1


def test_no_style_is_left_that_nothing_wears():
    worn = set(re.findall(r"[\w-]+", " ".join(path.read_text() for path in NAMING)))
    worn |= {f"c-{colour}" for colour in samples.SHOWN["colours"]} | {"htmx-request", "htmx-indicator"}
    names = {
        (path.name, name)
        for path in STYLES
        for name in re.findall(
            r"(?<![\w])\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        )
    }

    assert sorted(name for name in names if name[1] not in worn) == []


# --- the style guide ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_style_guide_is_for_builders_only(client, settings):
    def status():
        return client.get(reverse("styleguide")).status_code

    assert status() == 404
    settings.DEBUG = True
    assert status() == 200


# --- a browser's opinion ------------------------------------------------------------------------------
@pytest.fixture
def browsing(new_context, live_server, settings):
    """Opens pages at a width, in a theme; `refused` holds what the content security policy refused."""
    settings.DEBUG = True
    refused = []

    def at(path, width=1440, theme="light", cookies=()):
        context = new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        context.add_cookies([{**cookie, "url": live_server.url} for cookie in cookies])
        page = context.new_page()
        page.on("console", lambda said: refused.append(said.text) if POLICY in said.text else None)
        page.on("pageerror", lambda error: refused.append(str(error)))
        page.goto(live_server.url + path)
        return page

    at.refused = refused
    return at


@pytest.fixture
def signed_in(browsing, client):
    """Opens a page as somebody."""

    def at(user, path, **seen):
        client.force_login(user)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        return browsing(path, cookies=[session], **seen)

    at.refused = browsing.refused
    return at


def faults(page):
    """What axe finds, as rule and element."""
    results = Axe().run(page).response
    return [(rule["id"], node["html"][:120]) for rule in results["violations"] for node in rule["nodes"]]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["account_login", "styleguide", "account_reset_password"])
def test_everybody_can_use_it(browsing, name, width, theme):
    page = browsing(reverse(name), width, theme)

    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_rep_can_use_an_inbox_with_a_lead_in_it(signed_in, width, theme):
    handoff = make.handoff()

    page = signed_in(handoff.offers.get().user, reverse("inbox"), width=width, theme=theme)

    assert page.locator(".handoff h2").inner_text() == str(handoff.lead)
    assert (faults(page), overflow(page), signed_in.refused) == ([], 0, [])


@pytest.mark.browser
def test_news_renews_the_queue_without_a_reload(signed_in):
    rep = make.rep()
    page = signed_in(rep, reverse("inbox"))
    page.evaluate("window.stayed = true")
    make.handoff(rep=rep)

    page.evaluate("document.body.dispatchEvent(new CustomEvent('news'))")
    page.locator(".queue .row").wait_for()

    assert (page.locator(".queue .row").count(), page.evaluate("window.stayed"), signed_in.refused) == (
        1,
        True,
        [],
    )


@pytest.mark.browser
def test_what_htmx_posts_carries_the_token_of_the_page(signed_in):
    page = signed_in(make.marketer(), reverse("notices"))

    status = page.evaluate("""async () => {
        const button = document.createElement("button");
        button.setAttribute("hx-post", "/theme/");
        document.querySelector("main").append(button);
        htmx.process(button);
        const answered = new Promise((done) => button.addEventListener("htmx:after:request", (event) => done(event.detail.ctx.response.status)));
        button.click();
        return await answered;
    }""")

    assert (status, signed_in.refused) == (200, [])


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_the_menu_opens_and_closes_by_keyboard(signed_in, width):
    page = signed_in(make.marketer(), reverse("notices"), width=width)
    summary, sheet = page.locator(".menu > summary"), page.locator(".menu-sheet")

    summary.focus()
    page.keyboard.press("Enter")
    assert sheet.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "system"
    page.keyboard.press("Escape")

    assert (sheet.is_visible(), summary.evaluate("one => one === document.activeElement")) == (False, True)


@pytest.mark.browser
def test_a_theme_that_is_chosen_stays(signed_in):
    page = signed_in(make.marketer(), reverse("notices"))

    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Dark").click()

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
