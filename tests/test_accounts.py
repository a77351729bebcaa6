"""Companies: found, read with all their people, and edited with dated rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import activities, facts
from leads.accounts import editing, listing
from leads.activities import Event
from leads.models import Account, AccountStanding, Kind, Saying
from people.models.user import SALES
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
AT = MONDAY_9AM


@pytest.fixture
def ines(client):
    ines = make.marketing_manager()
    client.force_login(ines)
    return ines


def names(client, **asked):
    return [one.name for one in client.get("/accounts/", asked).context["accounts"]]


def test_the_list_is_in_the_order_of_names_and_narrows_to_words_targets_and_mine(client, ines):
    marit = make.rep("Marit Dahl")
    make.account("zulu", domain="z.example")
    make.account("Alpha", is_target=True)
    make.account("Mike", owner=marit)

    assert names(client) == ["Alpha", "Mike", "zulu"]
    assert names(client, q="z.EX") == ["zulu"]
    assert names(client, which="targets") == ["Alpha"]
    client.force_login(marit)
    assert names(client, which="mine") == ["Mike"]


def test_every_company_stands_on_one_page_whatever_its_name():
    for name in ("a", "A ~ b", "b", "b%", "ø", "~"):
        make.account(name, domain=f"{len(name)}{ord(name[0])}{ord(name[-1])}.example")

    seen, after = [], ""
    while True:
        found, after = listing.page(Account.objects.all(), after, 2)
        seen += [one.pk for one in found]
        if not after:
            break

    assert sorted(seen) == sorted(Account.objects.values_list("pk", flat=True))
    assert len(seen) == len(set(seen))


def test_a_page_of_the_list_costs_the_same_for_one_company_and_for_many():
    counts = []
    for number in (1, 9):
        for other in range(number):
            make.lead(account=make.account(f"{number} {other}"))
        with CaptureQueriesContext(connection) as asked:
            listing.page(Account.objects.all(), "", 50)
        counts.append(len(asked))

    assert counts == [2, 2]


def test_a_company_shows_its_people_their_path_and_who_said_what(client, ines):
    dairy = make.account("Aalberg Dairy")
    karin = make.lead(first_name="Karin", account=dairy)
    thread = activities.identity_of([karin.pk])[karin.pk]
    activities.record([Event(thread, Kind.VISIT, AT, "visit", about="/pumps")], known_at=AT)
    facts.learn([facts.Answer("industry", "Food", Saying.ENRICHED, AT, account_id=dairy.pk)], known_at=AT)

    text = client.get(dairy.get_absolute_url()).content.decode()

    assert [word in text for word in ("Karin", "/pumps", "Food", "enriched")] == [True] * 4


def test_a_rep_reads_their_own_companies_and_changes_none(client):
    marit, anders = make.rep("Marit Dahl"), make.rep("Anders Lie")
    hers, his = make.account("Hers", owner=marit), make.account("His", owner=anders)
    make.lead(first_name="Karin", account=hers)
    client.force_login(marit)

    assert names(client) == ["Hers"]
    assert "Karin" in client.get(hers.get_absolute_url()).content.decode()
    assert client.get(his.get_absolute_url()).status_code == 404
    assert client.post(reverse("account_edit", args=[hers.public_id]), {"name": "X"}).status_code == 403


def test_a_new_owner_or_target_is_a_dated_row_and_a_new_name_is_none(client, ines):
    dairy, marit = make.account("Aalberg Dairy", domain="aalberg.no"), make.rep("Marit Dahl")
    there = reverse("account_edit", args=[dairy.public_id])

    client.post(there, {"name": "Aalberg", "domain": "https://www.Aalberg.no/x"})
    client.post(there, {"name": "Aalberg", "domain": "aalberg.no", "is_target": "on", "owner": marit.pk})

    row = AccountStanding.objects.get()
    assert (row.is_target, row.owner, row.by) == (True, marit, ines)
    dairy.refresh_from_db()
    assert (dairy.name, dairy.domain, dairy.is_target, dairy.owner) == ("Aalberg", "aalberg.no", True, marit)


@pytest.mark.parametrize("domain", ["gmail.com", "no domain", "taken.example"])
def test_a_domain_that_cannot_be_a_companys_own_is_refused_beside_its_box(client, ines, domain):
    make.account("Another", domain="taken.example")
    dairy = make.account("Aalberg Dairy", domain="aalberg.no")

    answer = client.post(reverse("account_edit", args=[dairy.public_id]), {"name": "A", "domain": domain})

    dairy.refresh_from_db()
    assert (answer.status_code, dairy.name) == (422, "Aalberg Dairy")


@pytest.mark.parametrize("after", ["x", "1", "~", "99999999999999999999~a", "1~\x00"])
def test_a_key_that_nobody_wrote_breaks_nothing(client, ines, after):
    make.account("Alpha")

    assert client.get("/accounts/", {"after": after}).status_code == 200


def test_the_owner_is_somebody_of_sales():
    marit = make.user("Marit Dahl", groups=[SALES])
    make.marketer()

    assert list(editing.Editing(instance=make.account()).fields["owner"].queryset) == [marit]


def test_a_standing_is_dated_when_it_was_said(client, ines):
    dairy = make.account("Aalberg Dairy")

    dairy.stand(is_target=True, owner=None, by=ines, at=AT + timedelta(days=1))

    assert "Named target" in client.get(dairy.get_absolute_url()).content.decode()


def test_what_sales_has_open_with_a_company_stands_on_its_page(client, ines):
    dairy = make.account("Aalberg Dairy")
    handoff = make.handoff(make.lead(first_name="Karin", account=dairy))

    text = client.get(dairy.get_absolute_url()).content.decode()

    assert [word in text for word in ("Open with sales", handoff.get_absolute_url())] == [True] * 2
