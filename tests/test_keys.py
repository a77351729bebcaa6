"""Single keys: quick for whoever wants them, silent for whoever types or switched them off."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.browser


@pytest.fixture
def guide(page, live_server, settings):
    """The style guide, which has an Accept button under the key a; `pressed` counts how often."""
    settings.DEBUG = True
    page.goto(live_server.url + reverse("styleguide"))
    page.evaluate("""() => {
        window.pressed = 0;
        document.querySelector("[data-hotkey=a]").addEventListener("click", () => { window.pressed += 1; });
    }""")
    return page


def pressed(page):
    return page.evaluate("window.pressed")


def test_a_key_presses_its_button(guide):
    guide.keyboard.press("a")

    assert pressed(guide) == 1


def test_a_key_that_is_held_presses_once(guide):
    guide.keyboard.down("a")
    guide.keyboard.down("a")

    assert pressed(guide) == 1


def test_a_key_with_another_one_belongs_to_the_browser(guide):
    for key in ("Control+a", "Alt+a", "Meta+a"):
        guide.keyboard.press(key)

    assert pressed(guide) == 0


def test_nothing_happens_while_somebody_types(guide):
    guide.locator("#id_script").press("a")

    assert (pressed(guide), guide.locator("#id_script").input_value()) == (0, "a")


def test_the_question_mark_lists_the_keys_of_the_page(guide):
    guide.keyboard.press("?")

    rows = guide.locator("#keys li").all()
    listed = [(row.locator("kbd").inner_text(), row.inner_text().split("\n")[-1]) for row in rows]
    assert listed == [("a", "Accept"), ("[", "newer"), ("]", "older")]


def test_keys_are_still_while_the_list_is_open(guide):
    guide.keyboard.press("?")
    guide.keyboard.press("a")

    assert pressed(guide) == 0


def test_keys_that_are_switched_off_stay_off(guide):
    guide.keyboard.press("?")
    guide.get_by_label("Single keys work on this device").uncheck()
    guide.keyboard.press("Escape")
    guide.keyboard.press("a")
    assert pressed(guide) == 0

    guide.reload()
    guide.keyboard.press("?")

    assert guide.locator("#keys").is_visible() is False


def test_a_toast_can_be_put_away(guide):
    toasts = guide.locator(".toast")
    before = toasts.count()

    guide.get_by_role("button", name="Put away").first.click()

    assert toasts.count() == before - 1
