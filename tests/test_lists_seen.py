"""What a real browser thinks of lists: axe, overflow, keys, the palette."""

import pytest
from django.urls import reverse

from leads.models import BulkAction
from tests import make
from tests.test_seen import SEEN, browsing, faults, overflow, signed_in  # noqa: F401 - two are fixtures

pytestmark = pytest.mark.browser
LISTS = (
    "/leads/?who=stage.is.lead&open=filter",
    "/leads/?open=columns&columns=email,score,next",
    "/leads/?open=save&who=)",
    "/search/?q=raman",
)


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_a_marketer_can_turn_a_list_and_search(browsing, signed_in, width, theme):  # noqa: F811
    make.lead(first_name="Priya", last_name="Raman", account=make.account("Brightwater Foods"))
    page = signed_in(make.marketer(), LISTS[0], width=width, theme=theme)

    seen = {}
    for path in LISTS:
        page.goto(browsing.address + path)
        seen[path] = (faults(page), overflow(page))

    assert {path: found for path, found in seen.items() if found != ([], 0)} == {}
    assert browsing.refused == []


@pytest.mark.parametrize(("width", "theme"), SEEN)
def test_a_marketer_can_change_many_and_take_it_back(browsing, signed_in, width, theme):  # noqa: F811
    make.lead(last_name="Raman")
    page = signed_in(make.marketer(), reverse("leads"), width=width, theme=theme)
    page.locator("tbody [type=checkbox]").check()
    chosen = (faults(page), overflow(page))

    page.get_by_role("button", name="Close").click()
    page.get_by_label("Why").fill("spam")
    page.get_by_role("button", name="Show what it would do").click()
    looked = (faults(page), overflow(page))
    page.get_by_role("button", name="Close: 1 lead").click()

    assert (chosen, looked, (faults(page), overflow(page))) == (([], 0), ([], 0), ([], 0))
    assert (BulkAction.objects.get().state, browsing.refused) == ("done", [])


def test_a_list_is_walked_chosen_and_opened_by_keyboard(signed_in):  # noqa: F811
    first, second = make.lead(last_name="First"), make.lead(last_name="Second")
    page = signed_in(make.marketer(), reverse("leads"))

    for key in ("j", "x", "j", "k", "j"):
        page.keyboard.press(key)
    chosen = page.locator("tbody :checked").evaluate_all("boxes => boxes.map((box) => box.value)")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{first.public_id}/")

    assert chosen == [str(second.public_id)]


@pytest.mark.parametrize("opened_by", ["/", "Control+k"])
def test_the_palette_finds_by_keyboard_alone(browsing, signed_in, opened_by):  # noqa: F811
    lead = make.lead(first_name="Ola", last_name="Ødegård", account=make.account("Aas Meieri"))
    page = signed_in(make.marketer(), reverse("notices"))
    field = page.get_by_role("combobox")

    page.keyboard.press(opened_by)
    field.fill("odegard")
    page.get_by_role("option", name="Ola Ødegård").wait_for()
    chosen = page.locator("#palette [aria-selected=true]").get_attribute("id")
    told, wrong = field.get_attribute("aria-activedescendant"), faults(page)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{lead.public_id}/")

    assert (told, wrong, browsing.refused) == (chosen, [], [])


def test_the_palette_closes_and_gives_the_focus_back(signed_in):  # noqa: F811
    page = signed_in(make.marketer(), reverse("notices"))
    page.locator("a[data-opens=palette]").focus()

    page.keyboard.press("Enter")
    page.locator("#palette[open]").wait_for()
    page.keyboard.press("Escape")

    assert page.locator("#palette").is_hidden()
    assert page.evaluate("document.activeElement.dataset.opens") == "palette"
