"""What tests of imports share: files as people bring them, read, tried out and run."""

import io
from datetime import date, timedelta

import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from leads.imports import reading, running
from tests import make
from tests.make import MONDAY_9AM

HOUR = timedelta(hours=1)
PEOPLE = "email,first name,Last Name,origin\nann@acme.example,Ann,Lee,Fair\nbo@beta.example,Bo,Ray,Web\n"


@pytest.fixture
def kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ines():
    return make.marketing_manager()


def survey(content):
    return reading.survey(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def begin(content, *, what="", name="fair.csv", **rules):
    raw = content if isinstance(content, bytes) else content.encode()
    batch = running.begin(what, name, ContentFile(raw, name=name), at=MONDAY_9AM)
    batch.rules |= rules
    batch.save()
    return batch


def bring(content, *, wish="run", at=MONDAY_9AM, chosen=(), **rules):
    """Import a file as the pages do: read, try out, run."""
    batch = begin(content, **rules)
    batch.mapping |= dict(chosen)
    for step in ("check", "run")[: 1 if wish == "check" else 2]:
        running.ask(batch, step)
        running.run_waiting(at)
        batch.refresh_from_db()
    return batch


def take_back(batch, *, at=MONDAY_9AM + HOUR):
    """Undo an import as the page does; returns what was said of it."""
    running.ask(batch, "undo")
    running.run_waiting(at)
    batch.refresh_from_db()
    return batch.counts["undo"]


def workbook(rows, *, sheets=(), merge=""):
    """An Excel file of these rows; dates are dates, numbers are numbers."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, told in [("Leads", rows), *sheets]:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(told):
                for place, cell in enumerate(row):
                    sheet.write(number, place, cell, *([day] if isinstance(cell, date) else []))
            if merge and name == "Leads":
                sheet.merge_range(merge, "Merged")
    return content.getvalue()


def counts(batch):
    return tuple(batch.counts[name] for name in ("created", "updated", "unchanged", "rejected"))


def problems(batch):
    return list(batch.rejected.values_list("number", "column", "problem"))


def upload(client, content, name="fair.csv", what=""):
    raw = content if isinstance(content, bytes) else content.encode()
    return client.post(reverse("import_new"), {"file": SimpleUploadedFile(name, raw), "what": what})
