"""The page of activities: of a month, of one lead, of one's own leads."""

from datetime import timedelta

import pytest

from leads.models import Custodian, Kind
from tests import make
from tests.dossier import AT, do

pytestmark = pytest.mark.django_db


def test_the_activities_of_a_month_are_narrowed_by_kind_and_evidence(client, ruth):
    lead = make.lead()
    do(lead, Kind.VISIT, about="/machine/", grade=1)
    do(lead, Kind.VISIT, about="/human/", grade=3, key="2")
    do(lead, Kind.DOWNLOAD, about="/paper/", grade=3)
    do(lead, Kind.VISIT, about="/october/", at=AT - timedelta(days=30))

    def found(**query):
        page = client.get("/activities/", {"month": "2026-11", **query})
        return sorted(one.activity.about for one in page.context["found"])

    assert found() == ["/human/", "/machine/", "/paper/"]
    assert found(kind="visit") == ["/human/", "/machine/"]
    assert found(kind="visit", grade="3") == ["/human/"]
    assert found(month="2026-10") == ["/october/"]


def test_the_activities_of_one_lead_know_no_month(client, ruth):
    lead = make.lead()
    do(lead, Kind.VISIT, about="/old/", at=AT - timedelta(days=300))
    do(make.lead(), Kind.VISIT, about="/other/", key="other")

    page = client.get("/activities/", {"lead": lead.public_id})

    assert [one.activity.about for one in page.context["found"]] == ["/old/"]


def test_a_rep_sees_the_activities_of_their_own_leads(client):
    marit = make.rep("Marit Dahl")
    do(make.lead(holder=Custodian.of(marit, "sales")), Kind.VISIT, about="/hers/")
    stranger = make.lead()
    do(stranger, Kind.VISIT, about="/not hers/", key="other")
    client.force_login(marit)

    page = client.get("/activities/", {"month": "2026-11"})

    assert [one.activity.about for one in page.context["found"]] == ["/hers/"]
    assert client.get("/activities/", {"lead": stranger.public_id}).status_code == 404


@pytest.mark.parametrize(
    "query", ["month=x", "month=0000-13", "month=9999-12", "lead=x", "after=x~y", "kind=z"]
)
def test_a_month_or_key_that_nobody_wrote_is_no_error(client, ruth, query):
    assert client.get(f"/activities/?{query}").status_code in (200, 404)
