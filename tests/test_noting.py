"""What somebody saw a lead do, written down by hand."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from leads import scoring
from leads.models import Activity, Kind
from tests import make
from tests import make_scores as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def ruth(client):
    somebody = make.marketer("Ruth Amaro")
    client.force_login(somebody)
    return somebody


def told(**said):
    return {
        "kind": "reply", "about": "The checklist", "happened_at": "2026-11-16T09:00", "words": "Call me",
        "key": str(uuid.uuid4()), **said,
    }  # fmt: skip


def test_a_reply_that_is_written_down_is_confirmed_by_a_person_and_counts_at_once(client, ruth):
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(Kind.REPLY), 40))
    said = told()

    answers = [client.post(f"/leads/{lead.public_id}/note/", said) for _ in range(2)]

    written = Activity.objects.get()
    assert (written.kind, written.grade, written.by, written.about) == ("reply", 3, ruth, "The checklist")
    assert written.details == {"note": "Call me"}
    assert scoring.scores_of([lead.pk], sheet, timezone.now())[lead.pk] == 40
    assert [answer["Location"] for answer in answers] == [f"{lead.get_absolute_url()}#activities"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "visit"},
        {"kind": ""},
        {"happened_at": ""},
        {"happened_at": (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")},
        {"about": "x" * 201},
        {"words": "\0"},
    ],
)
def test_what_can_not_be_is_said_and_what_was_typed_stays(client, ruth, wrong):
    lead = make.lead()

    answer = client.post(f"/leads/{lead.public_id}/note/", told(**wrong))

    assert (answer.status_code, Activity.objects.count()) == (422, 0)
    assert wrong.get("words") or "Call me" in answer.content.decode()


def test_it_goes_back_to_the_page_of_ours_that_it_was_asked_from_and_to_no_other(client, ruth):
    lead = make.lead()
    places = ["/worklist/", "https://elsewhere.example/", "//elsewhere.example/"]

    went = [client.post(f"/leads/{lead.public_id}/note/", told(next=one))["Location"] for one in places]

    assert went == ["/worklist/", *[f"{lead.get_absolute_url()}#activities"] * 2]


def test_a_rep_writes_nothing_of_leads_they_do_not_see(client):
    lead = make.lead()
    client.force_login(make.rep())

    assert client.post(f"/leads/{lead.public_id}/note/", told()).status_code == 404
