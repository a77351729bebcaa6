"""Leads looked up over HTTP: what a directory says is the weakest word, and its failures hurt nobody."""

from datetime import timedelta

import pytest
from django.urls import reverse

from leads import enriching, intake
from leads.arrivals import Arrival
from leads.models import Directory, DirectoryAnswer, Fact, Lead, Lookup, Saying
from people.models.user import ADMINISTRATORS
from tests import make
from tests.dossier import AT
from tests.reached import answering, reached

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
TOLD = '{"company": {"size": 640, "sites": [{"trade": "Dairy"}], "odd": {"x": 1}}}'
MAPPING = {"employees": "company.size", "industry": "company.sites.0.trade", "title": "company.odd"}


@pytest.fixture(autouse=True)
def private(settings):
    settings.LOOKUP_PRIVATE = True


def directory(there, place="companies/{domain}", **said):
    told = {"name": "Register", "mapping": MAPPING, "at": AT, **said}
    return Directory.objects.create(address=f"http://127.0.0.1:{there.port}/{place}", **told)


def somebody(email="kari@aas.example"):
    return make.lead(email=email, account=make.account())


def outcomes():
    return list(Lookup.objects.order_by("lead_id").values_list("outcome", "learned", "trouble"))


def known(lead):
    lead = Lead.objects.select_related("account").get(pk=lead.pk)
    return {**lead.account.facts, **lead.facts}


def test_a_lead_learns_what_a_directory_says_of_its_company():
    lead = somebody()

    with reached(answering(TOLD)) as there:
        directory(there, header="X-Key", secret="hush")
        enriching.enrich(AT)

    assert known(lead) == {"employees": 640, "industry": "Dairy"}
    assert set(Fact.objects.values_list("saying", flat=True)) == {Saying.ENRICHED}
    asked = there.asked[0].split("\r\n")
    assert (asked[0], "X-Key: hush" in asked, len(there.asked)) == (
        "GET /companies/aas.example HTTP/1.0", True, 1,
    )  # fmt: skip


def test_colleagues_are_asked_for_once_in_30_days_and_private_mailboxes_never():
    for email in ("kari@aas.example", "ola@aas.example", "kari@gmail.com"):
        somebody(email)

    with reached(answering(TOLD)) as there:
        directory(there)
        for days in (0, 1, 20):
            enriching.enrich(AT + timedelta(days=days))
            somebody(f"new.{days}@aas.example")
        before = len(there.asked)
        enriching.enrich(AT + timedelta(days=31))

    assert (before, len(there.asked), DirectoryAnswer.objects.count()) == (1, 2, 1)


def test_an_address_is_asked_for_as_it_is_and_bends_nothing():
    somebody("kari+x&y=1?#@aas.example")

    with reached(answering("{}")) as there:
        directory(there, "people?mail={email}&v=1")
        enriching.enrich(AT)

    assert there.asked[0].startswith("GET /people?mail=kari%2Bx%26y%3D1%3F%23@aas.example&v=1 HTTP/1.0\r\n")


@pytest.mark.parametrize("status", ["404 Not Found", "204 No Content"])
def test_what_it_does_not_know_is_nothing(status):
    somebody()

    with reached(answering("", status)) as there:
        directory(there)
        enriching.enrich(AT)

    assert outcomes() == [("nothing", 0, "")]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answering("{}", "503 Away"), "it answered 503"),
        (answering("", "302 Found", "Location: http://127.0.0.1/\r\n"),
         "it answered 302 and redirects are not followed"),
        (answering("<html>"), "its answer is not JSON"),
        (answering("[" * 200_000), "its answer is not JSON"),
        (answering("x" * (2 << 20)), "an answer of more than 1 MB"),
    ],
)  # fmt: skip
def test_what_is_no_good_answer_fails_with_the_reason_and_leads_come_in_all_the_same(reply, why):
    make.marketing_manager()

    with reached(reply) as there:
        directory(there)
        admission = intake.admit([Arrival(email="kari@aas.example")], at=AT)
        enriching.enrich(AT)

    assert outcomes() == [("failed", 0, f"Unreachable: {why}")]
    assert Lead.objects.open().filter(pk__in=admission.lead_ids).count() == 1


@pytest.mark.parametrize("body", ["null", "7", '"x"', "[]", '{"company": []}', '{"company": {"size": null}}'])
def test_an_answer_of_another_shape_says_nothing(body):
    somebody()

    with reached(answering(body)) as there:
        directory(there)
        enriching.enrich(AT)

    assert outcomes() == [("nothing", 0, "")]


def test_who_could_not_be_asked_for_is_asked_for_again_ever_later_until_it_is_known():
    somebody()
    good = []

    def reply(caller):
        caller.sendall(answering(TOLD if good else "", "200 OK" if good else "503 Away"))

    with reached(reply) as there:
        directory(there)
        asked = []
        for minutes in (0, 4, 5, 14, 15, 34, 35):
            if minutes == 35:
                good.append(True)
            enriching.enrich(AT + minutes * MINUTE)
            asked.append(len(there.asked))

    assert asked == [1, 1, 2, 2, 3, 3, 4]
    lookup, there = Lookup.objects.get(), Directory.objects.get()
    assert (lookup.outcome, lookup.tries, lookup.again_at) == ("learned", 0, None)
    assert (there.failures, there.rests_until) == (0, None)


def test_a_lead_is_given_up_after_a_few_tries_for_30_days():
    somebody()

    with reached(answering("", "500 Broken")) as there:
        directory(there)
        for minutes in range(0, 60 * 24 * 29, 60):
            enriching.enrich(AT + minutes * MINUTE)
        tries = len(there.asked)
        enriching.enrich(AT + timedelta(days=60))

    assert (tries, len(there.asked)) == (enriching.TRIES, enriching.TRIES + 1)


def test_a_directory_that_is_away_is_left_alone_and_the_rest_stay_due():
    for number in range(20):
        somebody(f"kari@aas{number}.example")

    with reached(answering("", "503 Away")) as there:
        directory(there)
        enriching.enrich(AT)

    assert (len(there.asked), Lookup.objects.count()) == (3, 3)
    assert Directory.objects.get().rests(AT + 4 * MINUTE)


def test_what_cannot_be_reached_inside_the_house_stays_unreached(settings):
    settings.LOOKUP_PRIVATE = False
    somebody()

    with reached(answering(TOLD)) as there:
        directory(there)
        enriching.enrich(AT)

    assert (there.asked, outcomes()) == (
        [], [("failed", 0, "Unreachable: its name leads into a private network")],
    )  # fmt: skip


# --- its page ---------------------------------------------------------------------------------------


@pytest.fixture
def ada(client):
    somebody = make.user("Ada Berg", groups=[ADMINISTRATORS])
    client.force_login(somebody)
    return somebody


GOOD = {
    "name": "Register", "address": "https://directory.example/companies/{domain}", "header": "Authorization",
    "secret": "Bearer hush", "mapping": "employees = company.size\nindustry = company.trade",
}  # fmt: skip


def test_an_administrator_allows_a_directory_and_its_secret_is_not_shown_again(client, ada):
    answer = client.post(reverse("directory_new"), GOOD)

    made = Directory.objects.get()
    assert answer.headers["Location"] == reverse("enrichment")
    assert (made.by, made.secret, made.mapping) == (
        ada, "Bearer hush", {"employees": "company.size", "industry": "company.trade"},
    )  # fmt: skip
    page = client.get(reverse("enrichment")).content.decode()
    wrong = client.post(reverse("directory_new"), GOOD | {"name": ""}).content.decode()
    assert ["hush" in text for text in (page, wrong)] == [False, False]
    assert "https://directory.example/companies/{domain}" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "https://{domain}/"}, {"address": "https://directory.example/"}, {"address": "ftp://a/{domain}"},
        {"address": "https://me:it@a.example/{domain}"}, {"address": "https://[/{domain}"}, {"header": ""},
        {"secret": ""}, {"header": "Host"}, {"header": "X Y"}, {"header": "X\r\nY"}, {"secret": "a\u0142b"},
        {"mapping": "shoe_size = x"}, {"mapping": "employees"}, {"mapping": "employees ="}, {"mapping": "\n"},
        {"mapping": "employees = a\nemployees = b"}, {"name": "x" * 81},
    ],
)  # fmt: skip
def test_what_could_not_be_asked_is_refused_at_once(client, ada, wrong):
    answer = client.post(reverse("directory_new"), GOOD | wrong)

    assert (answer.status_code, Directory.objects.count()) == (422, 0)


def test_a_directory_is_asked_no_more_and_what_it_told_stays(client, ada):
    lead = somebody()
    with reached(answering(TOLD)) as there:
        made = directory(there)
        enriching.enrich(AT)

    client.post(reverse("directory_remove", args=[made.pk]))

    assert (Directory.objects.count(), DirectoryAnswer.objects.count()) == (0, 0)
    assert known(lead) == {"employees": 640, "industry": "Dairy"}


def test_a_marketer_sees_directories_and_allows_none(client, ruth):
    with reached(answering(TOLD)) as there:
        made = directory(there)

    page = client.get(reverse("enrichment"))

    assert (made.name in page.content.decode(), page.context["may_allow"]) == (True, False)
