"""What a real browser thinks of the pages: axe, overflow, the content security policy, keys and news."""

import uuid
from urllib.parse import urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from nurture.drafting import edit
from nurture.outline import LanePlan, StepPlan, insert
from nurture.publishing import draft_of
from tests import make

pytestmark = pytest.mark.browser
WIDTHS, THEMES = (390, 1440), ("light", "dark")
SEEN = ((390, "light"), (1440, "dark"))
POLICY = "Content Security Policy"


class Browsing:
    """A browser that opens pages, and what was refused or broke in them."""

    def __init__(self, new_context, address):
        self.new_context, self.address, self.refused = new_context, address, []

    def __call__(self, path, width=1440, theme="light", session=""):
        seen = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
        context = self.new_context(**seen, reduced_motion="reduce")
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": self.address}])
        page = context.new_page()
        page.on("console", lambda said: self.refused.append(said.text) if POLICY in said.text else None)
        page.on("pageerror", lambda error: self.refused.append(str(error)))
        page.goto(self.address + path)
        return page


@pytest.fixture
def browsing(new_context, live_server, settings):
    settings.DEBUG = True
    return Browsing(new_context, live_server.url)


@pytest.fixture
def signed_in(browsing, client):
    """Opens a page as somebody."""

    def at(user, path, **seen):
        client.force_login(user)
        return browsing(path, session=client.cookies["sessionid"].value, **seen)

    return at


def faults(page):
    """What axe finds, as rule and element."""
    results = Axe().run(page).response
    return [(rule["id"], node["html"][:120]) for rule in results["violations"] for node in rule["nodes"]]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["account_login", "styleguide", "account_reset_password"])
def test_everybody_can_use_it(browsing, name, width, theme):
    page = browsing(reverse(name), width, theme)

    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_rep_can_use_an_inbox_with_a_lead_in_it(browsing, signed_in, width, theme):
    handoff = make.handoff()

    page = signed_in(handoff.offers.get().user, reverse("inbox"), width=width, theme=theme)

    assert page.locator(".handoff h2").inner_text() == str(handoff.lead)
    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


def pages_of_marketing():
    """A marketer, and the pages of their day with something on each."""
    track = make.track("Slow burn", steps=[(0, "email"), (1, "call")])
    lead = make.lead(first_name="Priya", last_name="Raman", account=make.account("Brightwater Foods"))
    make.source("Trade fair", vendor="Hall 7")
    names = (
        "home",
        "worklist",
        "leads",
        "tracks",
        "track_new",
        "forms",
        "imports",
        "import_new",
        "sources",
        "activities",
        "agreements",
    )
    pages = [*map(reverse, names), track.get_absolute_url(), lead.get_absolute_url()]
    return make.marketer(), [*pages, *pages_of_a_track(track)]


def pages_of_a_track(track):
    """The builder with each of its panels over a branch, the publish page, and that of a paused track."""
    draft = draft_of(track)
    lanes = (LanePlan("Clicked", {"field": "clicked_last", "op": "is_true"}), LanePlan("Everybody else"))
    branch = StepPlan("Which way?", str(uuid.uuid4()), wait=2, lanes=lanes)
    edit(draft, "Added a branch", lambda it: insert(it, branch), by=None, at=make.MONDAY_9AM)
    paused = make.track("Paused", state="paused")
    builder, first = reverse("track_edit", args=[track.public_id]), draft.steps.first().key
    panels = ("", f"?step={first}", f"?lane={branch.key}.0", f"?into={branch.key}.1", "?about")
    return [
        *(builder + panel for panel in panels),
        reverse("track_publish", args=[track.public_id]),
        reverse("track_resume", args=[paused.public_id]),
        reverse("track_import"),
    ]


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_a_marketer_can_use_every_page_of_the_day(browsing, signed_in, width, theme):
    user, pages = pages_of_marketing()
    page = signed_in(user, pages[0], width=width, theme=theme)

    seen = {}
    for path in pages:
        page.goto(urljoin(page.url, path))
        seen[path] = (faults(page), overflow(page))

    assert {path: found for path, found in seen.items() if found != ([], 0)} == {}
    assert browsing.refused == []


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_both_sides_can_read_and_sign_an_agreement(browsing, signed_in, width, theme):
    agreement = make.agreement()

    page = signed_in(make.sales_manager(), agreement.get_absolute_url(), width=width, theme=theme)

    assert page.locator(".signature .name").count() == 2
    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_a_manager_can_use_the_page_of_promises(browsing, signed_in, width, theme):
    handoff = make.handoff()

    page = signed_in(make.sales_manager(), reverse("sla"), width=width, theme=theme)

    assert page.locator(".clocks b").last.inner_text() == str(handoff.lead)
    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_a_wrong_address_leads_back_to_work(browsing, settings, width, theme):
    settings.DEBUG = False

    page = browsing("/no/such/page/", width, theme)

    assert page.get_by_role("link", name="Back to your work").get_attribute("href") == "/"
    assert (faults(page), overflow(page), browsing.refused) == ([], 0, [])


def test_reject_rises_from_below_on_a_phone_and_goes_again(signed_in):
    handoff = make.handoff()
    page = signed_in(handoff.offers.get().user, reverse("inbox"), width=390)
    reject = page.locator("#reject")
    assert not reject.is_visible()

    page.get_by_role("link", name="Reject…").click()
    assert (reject.is_visible(), faults(page)) == (True, [])
    reject.get_by_role("link", name="Close").click()

    assert not reject.is_visible()


def test_news_renews_the_queue_without_a_reload(browsing, signed_in):
    rep = make.rep()
    page = signed_in(rep, reverse("inbox"))
    page.evaluate("window.stayed = true")
    make.handoff(rep=rep)

    page.evaluate("document.body.dispatchEvent(new CustomEvent('news'))")
    page.locator(".queue .row").wait_for()

    assert (page.locator(".queue .row").count(), page.evaluate("window.stayed"), browsing.refused) == (
        1,
        True,
        [],
    )


def test_what_htmx_posts_carries_the_token_of_the_page(browsing, signed_in):
    page = signed_in(make.marketer(), reverse("notices"))

    status = page.evaluate("""async () => {
        const button = document.createElement("button");
        button.setAttribute("hx-post", "/theme/");
        document.querySelector("main").append(button);
        htmx.process(button);
        const answered = new Promise((done) => button.addEventListener("htmx:after:request", done));
        button.click();
        return (await answered).detail.ctx.response.status;
    }""")

    assert (status, browsing.refused) == (200, [])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_menu_opens_and_closes_by_keyboard(signed_in, width):
    page = signed_in(make.marketer(), reverse("notices"), width=width)
    summary, sheet = page.locator(".me .menu > summary"), page.locator(".me .menu-sheet")

    summary.focus()
    page.keyboard.press("Enter")
    assert sheet.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "system"
    page.keyboard.press("Escape")

    assert (sheet.is_visible(), summary.evaluate("one => one === document.activeElement")) == (False, True)


def test_a_theme_that_is_chosen_stays(signed_in):
    page = signed_in(make.marketer(), reverse("notices"))

    page.locator(".me .menu > summary").click()
    page.get_by_role("button", name="Dark").click()

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
