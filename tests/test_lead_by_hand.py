"""What people write down on a lead's page: ratings and answers, under their own name."""

import pytest
from django.urls import reverse

from leads.models import Custodian, Fact, Field, Rating, Saying
from tests import make
from tests.dossier import line

pytestmark = pytest.mark.django_db


def test_a_rating_by_hand_counts_at_once_and_says_whose_it_is(client, ruth):
    lead = make.lead()

    client.post(
        reverse("rate", args=[lead.public_id]), {"need": 3, "timeframe": 2, "authority": "", "profile": 1}
    )

    lead.refresh_from_db()
    assert (lead.need, lead.timeframe, lead.authority, lead.profile, lead.rating) == (3, 2, None, 1, 6)
    need = line(client.get(lead.get_absolute_url()), "Need").rating
    assert (need.value, need.by) == (3, ruth)


def test_a_rating_out_of_range_is_refused_and_the_others_keep_what_was_chosen(client, ruth):
    lead = make.lead()

    answer = client.post(reverse("rate", args=[lead.public_id]), {"need": 4, "timeframe": 2})

    assert answer.status_code == 422
    assert answer.context["ratings"]["timeframe"].value() == "2"
    assert Rating.objects.count() == 0


@pytest.mark.parametrize(("who", "saying"), [("marketer", Saying.VERIFIED), ("rep", Saying.SALES)])
def test_what_marketing_heard_is_verified_and_what_a_rep_heard_is_sales(client, who, saying):
    user = getattr(make, who)("Marit Dahl")
    lead = make.lead(holder=Custodian.of(user, "sales" if who == "rep" else "marketing"))
    client.force_login(user)

    client.post(reverse("learn", args=[lead.public_id, "budget"]), {"value": "NOK 400k"})

    fact = Fact.objects.get(lead=lead)
    assert (fact.value, fact.saying, fact.by) == ("NOK 400k", saying, user)
    lead.refresh_from_db()
    assert lead.facts == {"budget": "NOK 400k"}


def test_an_answer_the_field_cannot_hold_is_refused_and_kept_in_the_box(client, ruth):
    lead = make.lead()

    answer = client.post(reverse("learn", args=[lead.public_id, "buys_by"]), {"value": "next spring"})

    assert answer.status_code == 422
    assert 'value="next spring"' in answer.content.decode()
    assert Fact.objects.count() == 0


def test_what_is_known_of_a_company_is_kept_with_the_company(client, ruth):
    lead = make.lead(account=make.account())
    alone = make.lead()

    client.post(reverse("learn", args=[lead.public_id, "employees"]), {"value": "640"})
    refused = client.post(reverse("learn", args=[alone.public_id, "employees"]), {"value": "640"})

    assert list(Fact.objects.values_list("lead", "account", "value")) == [(None, lead.account_id, 640)]
    assert refused.status_code == 422


@pytest.mark.parametrize("field", ["budget", "buys_by", "employees", "buying_role", "comment"])
def test_every_type_of_field_can_be_written_down(client, ruth, field):
    page = client.get(make.lead().get_absolute_url(), {"fact": field})

    assert page.context["fact"].field == Field.objects.get(key=field)
    assert 'id="fact"' in page.content.decode()
