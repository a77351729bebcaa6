"""Leads looked up in the customer's own table: what it says is kept as the weakest word, and hurts nobody."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import custody, enriching, intake, looking_up
from leads.arrivals import Arrival
from leads.imports.formats import Unreadable
from leads.models import Fact, Lead, Lookup, LookupEntry, LookupTable, Saying
from tests import make
from tests.dossier import AT, say

pytestmark = pytest.mark.django_db
A_MONTH = timedelta(days=31)
TABLE = "Domain,Employees,Industry,Colour\naas.example,640,Dairy,red\nHolm.example,a few,Food,blue\n"


def table(text=TABLE, *, at=AT):
    return looking_up.keep(io.BytesIO(text.encode()), name="own.csv", by=None, at=at)


def somebody(email="kari@aas.example", **details):
    return make.lead(email=email, account=make.account(), **details)


def known(lead):
    lead = Lead.objects.select_related("account").get(pk=lead.pk)
    return {**lead.account.facts, **lead.facts}


def outcomes():
    return list(Lookup.objects.order_by("lead_id").values_list("outcome", "learned", "trouble"))


def test_a_lead_learns_what_the_table_says_of_its_domain_as_a_look_up():
    table()
    lead = somebody()

    enriching.enrich(AT)

    assert known(lead) == {"employees": 640, "industry": "Dairy"}
    assert set(Fact.objects.values_list("saying", "at")) == {(Saying.ENRICHED, AT)}
    assert outcomes() == [("learned", 2, "")]


def test_what_somebody_said_goes_before_what_the_table_says():
    table("email,title\nkari@aas.example,Director\n")
    lead = somebody()
    say(lead, "title", "Plant manager", at=AT - A_MONTH)

    enriching.enrich(AT)

    assert known(lead) == {"title": "Plant manager"}


def test_the_row_of_an_address_goes_before_the_one_of_its_domain():
    table("email,title,industry\naas.example,Somebody,Dairy\nKari@aas.example,Director,\n")
    lead = somebody()

    enriching.enrich(AT)

    assert known(lead) == {"title": "Director", "industry": "Dairy"}


def test_a_lead_is_looked_up_once_in_30_days():
    table(at=AT - A_MONTH)
    somebody("kari@elsewhere.example")

    looked_up = [enriching.enrich(AT + timedelta(days=day)) for day in (0, 1, 29, 31, 32)]

    assert (looked_up, Lookup.objects.count()) == ([1, 0, 0, 1, 0], 1)


def test_with_a_new_table_everybody_is_looked_up_again():
    table()
    lead = somebody("kari@new.example")
    enriching.enrich(AT)
    table("domain,employees\nnew.example,12\n", at=AT + timedelta(hours=1))

    enriching.enrich(AT + timedelta(hours=2))

    assert known(lead) == {"employees": 12}
    assert (LookupTable.objects.count(), LookupEntry.objects.count()) == (1, 1)


def test_leads_without_an_address_and_closed_ones_are_not_looked_up():
    table()
    somebody("", phone="+4740123456")
    custody.close([somebody().pk], cause="Student", at=AT)

    assert enriching.enrich(AT) == 0


def test_of_two_workers_at_once_the_second_writes_nothing(monkeypatch):
    table()
    lead, ask, raced = somebody(), enriching._ask, []

    def overtaken(adapter, leads, until):
        told = ask(adapter, leads, until)
        if not raced:
            raced.append(0)
            raced.append(enriching.enrich(AT))
        return told

    monkeypatch.setattr(enriching, "_ask", overtaken)

    assert (enriching.enrich(AT), raced[1]) == (0, 1)
    assert (known(lead), Fact.objects.count()) == ({"employees": 640, "industry": "Dairy"}, 2)


def test_colleagues_teach_their_company_a_thing_once():
    table()
    company = make.account()
    for name in ("kari", "ola"):
        make.lead(email=f"{name}@aas.example", account=company)

    enriching.enrich(AT)

    assert Fact.objects.filter(account=company, field__key="employees").count() == 1


class Broken:
    """A service that is away for some."""

    name, since = "broken", None

    def look_up(self, email, domain):
        if domain == "aas.example":
            raise OSError("away\x00\n now")
        return {"title": "Director", "shoe_size": 44, "buys_by": "soon"}


def test_what_goes_wrong_is_one_leads_alone_and_is_written_down(monkeypatch):
    monkeypatch.setattr(enriching, "adapters", lambda at: [Broken()])
    somebody()
    other = somebody("kari@holm.example")

    enriching.enrich(AT)

    assert known(other) == {"title": "Director"}
    assert outcomes() == [
        ("failed", 0, "OSError: away now"),
        ("failed", 1, "shoe_size: no such field; buys_by: “soon” is not a date, such as 2026-11-16."),
    ]


def test_leads_come_in_whatever_enrichment_does(monkeypatch):
    monkeypatch.setattr(enriching, "adapters", lambda at: [Broken()])
    make.marketing_manager()

    admission = intake.admit([Arrival(email="kari@aas.example")], at=AT)
    enriching.enrich(AT)

    assert Lead.objects.open().filter(pk__in=admission.lead_ids).count() == 1


def test_it_costs_the_same_queries_for_one_lead_and_for_many():
    table()
    somebody()
    with CaptureQueriesContext(connection) as one:
        enriching.enrich(AT)
    for number in range(5):
        somebody(f"kari.{number}@aas.example")
    with CaptureQueriesContext(connection) as five:
        enriching.enrich(AT)

    assert len(five) == len(one)


# --- the table and its page -----------------------------------------------------------------------------


def test_a_cell_that_a_field_cannot_hold_is_named_and_the_rest_of_its_row_counts():
    made = table()

    assert (made.rows, made.ignored) == (2, ["Colour"])
    assert made.columns == {"Employees": "employees", "Industry": "industry"}
    assert made.refused == [[3, "Employees", "“a few” is not a number, such as 1250 or 1250.50."]]
    assert made.entries.get(key="holm.example").answers == {"industry": "Food"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,employees\nAas,3\n", "nothing says whom a row is about"),
        ("domain,colour\naas.example,red\n", "has the name of a field"),
        ("domain,employees\ngmail.com,3\n", "private mailboxes"),
        ("domain,employees\nno domain,3\n", "is not a domain"),
        ("domain,employees\n", "no rows"),
        ("", "empty"),
    ],
)
def test_a_table_in_which_nothing_can_be_looked_up_is_refused_and_the_old_one_stays(text, why):
    table()

    with pytest.raises(Unreadable, match=why):
        table(text)

    assert (LookupTable.objects.count(), LookupEntry.objects.count()) == (1, 2)


def upload(client, text):
    file = SimpleUploadedFile("own.csv", text.encode("utf-8", "surrogatepass"))
    return client.post(reverse("enrichment"), {"file": file})


def test_a_marketer_brings_a_table_and_sees_how_far_it_is(client, ruth):
    answer = upload(client, TABLE)
    somebody()
    somebody("kari@elsewhere.example")
    late = LookupTable.objects.get().at + timedelta(seconds=1)
    enriching.enrich(late)
    somebody("new@elsewhere.example")

    shown = client.get(reverse("enrichment")).context["coverage"]

    assert answer.headers["Location"] == reverse("enrichment")
    assert (shown.of, shown.learned, shown.nothing, shown.failed, shown.waiting) == (3, 1, 1, 0, 1)
    assert shown.last == late


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client, ruth):
    answers = [upload(client, text) for text in ("PK\x03\x04", "a,b\n\ud800,\x00\n", "x\n" * 3)]

    assert [answer.status_code for answer in answers] == [422, 422, 422]


def test_what_failed_stands_on_the_page_and_nothing_in_it_runs(client, ruth):
    table()
    failed = {"adapter": "table", "at": AT, "outcome": "failed", "trouble": "<script>alert(1)</script>"}
    Lookup.objects.create(lead=somebody(), **failed)

    text = client.get(reverse("enrichment")).content.decode()

    assert ("<script>alert" in text, "&lt;script&gt;alert" in text) == (False, True)


def test_a_table_is_taken_away_and_what_it_told_stays(client, ruth):
    table()
    lead = somebody()
    enriching.enrich(AT)

    client.post(reverse("enrichment_remove"))

    assert (LookupTable.objects.count(), LookupEntry.objects.count()) == (0, 0)
    assert known(lead) == {"employees": 640, "industry": "Dairy"}
