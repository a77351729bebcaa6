"""What people take home from any page is text to a spreadsheet, never a formula."""

import csv
import io

import pytest
from django.urls import reverse

from leads.imports.checking import revived
from leads.models import Field, Lead
from tests import make
from tests.forms import a_form, filled
from tests.importing import bring, kept_files  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
LIVE = ("=", "+", "-", "@", "\t", "\r")
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "\ufeff=1"]


@pytest.fixture
def exports(client, kept_files, settings):  # noqa: F811 - a fixture
    """Every address that gives a CSV, with a formula in each place that others fill."""
    settings.FORM_LIMITS = "9999/9999/9999"
    Field.objects.filter(key="title").update(label="=HYPERLINK(1)")
    form = a_form(title="=form")
    for text in FORMULAS:
        sent = filled(form, email="x", first_name=text, last_name=text, company=text, field_title=text)
        client.post("/f/guide/", {**sent, text: text, "preferred_times": text})
        make.lead(first_name=text, last_name=text, account=make.account(text), source=make.source(text))
    make.lead(email="+phone@x.example", phone="+49 30 1234567")
    batch = bring("email,=head\n" + "".join(f'nobody,"{text}"\n' for text in FORMULAS))
    client.force_login(make.marketing_manager())
    return [
        reverse("leads_csv") + "?columns=company,title,email",
        reverse("submissions_csv", args=[form.slug]),
        reverse("import_rejected", args=[batch.public_id]),
        reverse("sla") + "?format=csv",
    ]


def cells(client, address):
    text = b"".join(client.get(address).streaming_content).decode().removeprefix("\ufeff")
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def test_no_cell_of_any_file_is_a_formula(client, exports):
    found = {address: cells(client, address) for address in exports}

    live = {address: [cell for cell in told if cell.startswith(LIVE)] for address, told in found.items()}
    assert live == {address: [] for address in exports}
    assert {"'" + text for text in FORMULAS} <= {cell for told in found.values() for cell in told}


def test_a_telephone_number_comes_back_as_it_went(client, exports):
    told = cells(client, exports[0])

    phone = Lead.objects.get(email="+phone@x.example").phone
    assert [revived(cell) for cell in told if "1234567" in cell] == [phone]
