"""Moving a lead to the company that it belongs to: dated, told as news, by those who may."""

import pytest
from django.urls import reverse

from leads.models import AccountMove, Lead, Tally
from people.models.user import SALES_MANAGERS
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines(client):
    ines = make.marketing_manager()
    client.force_login(ines)
    return ines


def there(lead):
    return reverse("lead_account", args=[lead.public_id])


def moves():
    return list(AccountMove.objects.order_by("pk").values_list("was__name", "now__name", "by__name"))


def test_a_lead_moves_to_another_company_and_to_none_and_each_move_is_kept(client, ines):
    dairy, foods = make.account("Aalberg Dairy"), make.account("Borg Foods")
    karin = make.lead(first_name="Karin", account=dairy)

    client.post(there(karin), {"account": foods.public_id})
    client.post(there(karin), {"account": foods.public_id})
    client.post(there(karin), {"account": "none"})

    assert Lead.objects.get(pk=karin.pk).account is None
    assert moves() == [("Aalberg Dairy", "Borg Foods", ines.name), ("Borg Foods", None, ines.name)]
    assert Tally.objects.get(lead=karin).next_check_at is not None
    text = client.get(karin.get_absolute_url()).content.decode()
    assert "Aalberg Dairy → <b>Borg Foods</b>" in text


def test_companies_are_found_by_name_and_domain_and_first_of_all_by_the_leads_own_domain(client, ines):
    dairy = make.account("Aalberg Dairy", domain="aalberg.example")
    foods = make.account("Borg Foods", domain="borg.example")
    karin = make.lead(email="karin@borg.example", account=dairy)

    def found(**asked):
        return list(client.get(there(karin), asked).context["found"])

    assert [found(), found(q="foods BORG.ex"), found(q="aalberg"), found(q="\x00")] == [
        [foods], [foods], [], [foods],
    ]  # fmt: skip


def test_the_box_offers_companies_while_one_types(client, ines):
    make.account("Borg Foods", domain="borg.example")
    karin = make.lead()

    text = client.get(there(karin), {"q": "bor"}, headers={"HX-Request": "true"}).content.decode()

    assert text.split() == [
        "<datalist", 'id="companies"><option', 'value="borg.example">Borg', "Foods</option></datalist>",
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["", "x", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_what_is_no_company_moves_nobody(client, ines, said):
    karin = make.lead(account=make.account("Aalberg Dairy"))

    answer = client.post(there(karin), {"account": said})

    assert (answer.headers["Location"], moves()) == (there(karin), [])


def test_a_sales_manager_moves_leads_and_a_rep_does_not(client):
    marit, foods = make.rep(), make.account("Borg Foods")
    karin = make.lead(account=make.account("Aalberg Dairy", owner=marit))
    answers = []
    for user in (marit, make.user("Sigrid", groups=[SALES_MANAGERS])):
        client.force_login(user)
        answers.append(client.post(there(karin), {"account": foods.public_id}).status_code)

    assert (answers, moves()) == ([403, 302], [("Aalberg Dairy", "Borg Foods", "Sigrid")])
