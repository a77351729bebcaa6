"""Other mail domains of a company: whoever writes from one belongs there, and each is of one company."""

import pytest
from django.urls import reverse

from leads import intake
from leads.accounts import domains
from leads.arrivals import Arrival
from leads.models import Account, AccountDomain, Lead
from tests import make
from tests.importing import bring
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_files")]
AT = MONDAY_9AM


@pytest.fixture
def ines(client):
    ines = make.marketing_manager()
    client.force_login(ines)
    return ines


@pytest.fixture
def dairy():
    return make.account("Aalberg Dairy", domain="aalberg.no")


def save(client, account, **told):
    said = {"name": account.name, "domain": account.domain, **told}
    return client.post(reverse("account_edit", args=[account.public_id]), said)


def aliases():
    return list(AccountDomain.objects.order_by("domain").values_list("account__name", "domain"))


def test_whoever_writes_from_another_domain_of_a_company_belongs_there(client, ines, dairy):
    save(client, dairy, others="Aalberg.com, https://www.aalberg-dairy.de/")

    intake.admit([Arrival(email="a@AALBERG.com")], at=AT)

    assert (aliases(), Lead.objects.get().account) == (
        [("Aalberg Dairy", "aalberg-dairy.de"), ("Aalberg Dairy", "aalberg.com")],
        dairy,
    )
    assert (Account.objects.count(), domains.of(dairy)) == (
        1,
        ["aalberg.no", "aalberg-dairy.de", "aalberg.com"],
    )


def test_a_domain_that_is_left_out_is_no_longer_theirs(client, ines, dairy):
    save(client, dairy, others="aalberg.com aalberg.de")
    save(client, dairy, others="aalberg.de")

    assert aliases() == [("Aalberg Dairy", "aalberg.de")]


def test_the_own_domain_and_another_change_places(client, ines, dairy):
    save(client, dairy, others="aalberg.com")
    save(client, dairy, domain="aalberg.com", others="aalberg.com aalberg.no")

    dairy.refresh_from_db()
    assert (dairy.domain, aliases()) == ("aalberg.com", [("Aalberg Dairy", "aalberg.no")])


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ("gmail.com", "private mailboxes"),
        ("no-domain", "is not a domain"),
        ("other.example", "belongs to Other"),
        ("alias.example", "belongs to Other"),
        (" ".join(f"d{number}.example" for number in range(51)), "At most 50"),
    ],
)
def test_a_domain_that_cannot_be_theirs_is_refused_beside_its_box(client, ines, dairy, others, why):
    other = make.account("Other", domain="other.example")
    domains.say(other, ["alias.example"], by=ines, at=AT)

    answer = save(client, dairy, others=others)

    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert aliases() == [("Other", "alias.example")]


def test_a_company_without_a_domain_gets_its_own_first(client, ines):
    named = make.account("Named")

    assert save(client, named, others="named.example").status_code == 422


def test_a_target_list_finds_a_company_by_its_other_domain(client, ines, dairy):
    domains.say(dairy, ["aalberg.com"], by=ines, at=AT)

    bring("domain,target\naalberg.com,yes\n")

    assert list(Account.objects.values_list("name", "domain", "is_target")) == [
        ("Aalberg Dairy", "aalberg.no", True)
    ]
