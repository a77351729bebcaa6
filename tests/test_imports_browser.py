"""A marketer brings a workbook whose column nobody knows, in a real browser: from the upload to the undo."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.imports import running
from leads.models import Field, Lead
from tests import make
from tests.importing import workbook
from tests.test_seen import faults, overflow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ines", "kept_files"),
]
ROWS = [["Vorname", "E-Mail", "Sparte"], *([f"P{n}", f"p{n}@acme.example", "Red"] for n in range(6))]


def work(page):
    """What a worker does, and the page as it is then, without a reload by hand."""
    running.run_waiting(timezone.now())
    page.wait_for_selector(".running", state="detached")


def test_a_workbook_with_an_unknown_column_becomes_leads_with_a_new_field_and_is_undone(
    page, live_server, client, tmp_path
):
    client.force_login(make.marketer())
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])
    path = tmp_path / "fair.xlsx"
    path.write_bytes(workbook(ROWS))
    page.goto(live_server.url + reverse("import_new"))
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Read the file").click()

    column = page.get_by_label("Sparte", exact=True)
    assert page.get_by_label("Label").nth(2).is_hidden()
    column.select_option(label="A new field …")
    page.locator("input[name=label_2]").fill("Division")
    assert (faults(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Try it out").click()
    work(page)
    assert (faults(page), overflow(page)) == ([], 0)
    assert page.get_by_role("heading", name="What it would do").is_visible()
    assert Field.objects.filter(label="Division").exists() is False

    page.get_by_role("button", name="Import it").click()
    work(page)
    field = Field.objects.get(label="Division")
    assert [lead.facts for lead in Lead.objects.all()] == [{field.key: "Red"}] * 6

    page.goto(page.url)
    page.get_by_text("Undo this import").click()
    page.get_by_role("button", name="Undo it").click()
    work(page)
    assert page.get_by_text("6 leads were removed.").is_visible()
    assert (Lead.objects.count(), Field.objects.filter(label="Division").count()) == (0, 0)
