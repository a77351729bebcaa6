"""An import that makes many leads ready tells each rep once, and rings no bell about history."""

import pytest

from handoff.handing import hand_over
from leads import activities
from leads.imports import running
from leads.models import Grade, Kind, Lead
from people.models import Notice
from tests import make
from tests.importing import HOUR, begin, bring
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]
FILE = "email\n" + "".join(f"p{number}@acme.example\n" for number in range(4))


@pytest.fixture
def rep():
    agreement = make.agreement()
    rep = make.rep(team=agreement.team)
    rep.agreement = agreement
    return rep


def pass_on(rep, leads, *, trigger="score", at=MONDAY_9AM + HOUR):
    hand_over([make.passing(lead, agreement=rep.agreement, trigger=trigger) for lead in leads], at)


def told(rep):
    notices = Notice.objects.filter(user=rep, channel="in_app").order_by("pk")
    return list(notices.values_list("subject", "urgent"))


def test_leads_of_an_import_are_told_of_once_however_many_passes_they_take(rep):
    bring(FILE)
    leads = list(Lead.objects.order_by("pk"))

    for lead in leads:
        pass_on(rep, [lead])

    assert told(rep) == [("Leads from fair.csv are passed to you", False)]


def test_a_lead_that_has_done_something_since_rings_as_always(rep):
    bring(FILE)
    lead = Lead.objects.first()
    thread = activities.identity_of([lead.pk])[lead.pk]
    at = MONDAY_9AM + HOUR
    download = activities.Event(thread, Kind.DOWNLOAD, at, "download-1", grade=Grade.HUMAN)
    activities.record([download], known_at=at)

    pass_on(rep, [lead], at=at + HOUR)

    assert [subject.split(":")[0] for subject, _urgent in told(rep)] == [str(lead)]


@pytest.mark.parametrize(
    ("trigger", "history", "urgent"),
    [("target", False, True), ("target", True, False), ("consultation", True, True)],
)
def test_history_rings_no_bell_but_a_request_always_does(rep, trigger, history, urgent):
    bring(FILE, history=history)

    pass_on(rep, list(Lead.objects.order_by("pk")[:2]), trigger=trigger)

    assert [urgency for _subject, urgency in told(rep)] == [urgent]


def test_whoever_imports_is_told_once(ines):
    batch = begin(FILE)
    batch.by = ines
    batch.save()
    for step in ("check", "run"):
        running.ask(batch, step)
        running.run_waiting(MONDAY_9AM)
        batch.refresh_from_db()

    assert told(ines) == [("fair.csv is imported", False)]
    body = "4 created, 0 updated, 0 unchanged, 0 rejected."
    assert set(Notice.objects.values_list("body", flat=True)) == {body}
