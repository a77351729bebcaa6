"""The track builder in a browser: thirteen touches by hand, and a frame moved by key and by mouse."""

import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from nurture import drafting
from nurture.models import Track
from tests import make
from tests.test_branches import plan, track_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
FIVE_MINUTES = 300
#: The classic track as the field tells it: days after the one before, and its channels.
THIRTEEN = (
    ("First contact and thanks", 0, ("Call", "E-mail")),
    ("Article by somebody else", 14, ("E-mail",)),
    ("Case study with call", 14, ("E-mail", "Call")),
    ("Newsletter with voicemail", 14, ("Newsletter", "Voicemail")),
    ("Article", 14, ("E-mail",)),
    ("White paper", 14, ("E-mail",)),
    ("Targeted parcel", 14, ("Direct mail",)),
    ("eBook with call", 14, ("E-mail", "Call")),
    ("Podcast", 14, ("E-mail",)),
    ("Free report with call", 14, ("Direct mail", "Call")),
    ("Webcast with call", 14, ("Event invitation", "Call")),
    ("Trade show", 14, ("Call", "Event invitation")),
    ("Prospect call", 14, ("Call",)),
)


@pytest.fixture
def ruth(page, live_server, client, settings):
    settings.SITE_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return ruth


def names(track):
    return [step.name for step in drafting.read(drafting.newest(track)).steps]


def test_thirteen_touches_are_built_by_hand_in_less_than_five_minutes(page, live_server, ruth):
    make.calendar()
    begun = time.monotonic()
    page.goto(live_server.url + reverse("track_new"))
    page.get_by_label("name", exact=False).first.fill("By hand")
    page.locator("select[name=calendar]").select_option(index=1)
    page.get_by_role("button", name="Make the track").click()

    for name, days, channels in THIRTEEN:
        page.locator("#panel input[name=name]").fill(name)
        page.locator("#panel input[name=wait]").fill(str(days))
        page.get_by_label("E-mail", exact=True).uncheck()
        for channel in channels:
            page.get_by_label(channel, exact=True).check()
        page.get_by_role("button", name="Add the step").click()
        expect(page.locator(".frame").last).to_have_attribute("data-name", name)
    for number, (name, _days, channels) in enumerate(THIRTEEN):
        page.locator(".frame").nth(number).get_by_role("link", name=f"Edit: {name}").click()
        for part in range(len(channels)):
            if page.locator(f"select[name=part{part}-channel]").input_value() == "email":
                page.locator(f"input[name=part{part}-subject]").fill(name)
            page.locator(f"textarea[name=part{part}-body]").fill(f"Something useful: {name}")
        page.get_by_role("button", name="Save the step").click()
    page.get_by_role("link", name="Publish version 1…").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.locator("h1")).to_have_text("By hand")

    assert time.monotonic() - begun < FIVE_MINUTES
    track = Track.objects.get()
    assert (track.state, names(track)) == ("live", [name for name, *_rest in THIRTEEN])


@pytest.fixture
def track(ruth):
    return track_of(plan("Hello"), plan("Case study", wait=3), plan("Offer", wait=7))


def frame(page, name):
    return page.locator(f".frame[data-name='{name}']")


def test_a_frame_is_moved_by_alt_and_an_arrow_and_keeps_the_focus(page, live_server, track):
    page.goto(live_server.url + reverse("track_edit", args=[track.public_id]))
    frame(page, "Offer").get_by_role("link", name="Edit: Offer").focus()

    page.keyboard.press("Alt+ArrowLeft")

    expect(page.locator("#moved")).to_have_text("Offer: 7, 2 / 3")
    assert names(track) == ["Hello", "Offer", "Case study"]
    assert page.evaluate("document.activeElement.closest('.frame').dataset.name") == "Offer"
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("#moved")).to_have_text("Offer: 7, 1 / 3")
    assert names(track) == ["Offer", "Hello", "Case study"]


def test_a_frame_is_dragged_before_another_and_into_a_lane(page, live_server, track):
    page.goto(live_server.url + reverse("track_edit", args=[track.public_id]))
    page.get_by_role("button", name="Add a branch").click()

    frame(page, "Case study").locator("[data-handle]").drag_to(
        frame(page, "Hello"), target_position={"x": 5, "y": 20}
    )
    expect(page.locator("#moved")).to_have_text("Case study: 3, 1 / 4")
    frame(page, "Offer").locator("[data-handle]").drag_to(page.locator(".lanes .lane [data-stretch]").first)
    expect(page.locator("#moved")).to_have_text("Offer: +7, 1 / 1")

    plan = drafting.read(drafting.newest(track))
    assert [step.name for step in plan.steps] == ["Case study", "Hello", "Did they click?"]
    assert [[step.name for step in lane.steps] for lane in plan.steps[2].lanes] == [["Offer"], []]


def test_everything_is_there_without_a_script(browser, live_server, client, track, ruth):
    context = browser.new_context(java_script_enabled=False)
    client.force_login(ruth)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("track_edit", args=[track.public_id]))

    page.get_by_role("button", name="Move one step earlier: Offer").click()
    frame(page, "Hello").locator("summary").click()
    page.get_by_role("button", name="Take out").locator("visible=true").click()
    page.get_by_role("button", name="Take back: Took out “Hello”").click()

    assert names(track) == ["Hello", "Offer", "Case study"]
    context.close()
