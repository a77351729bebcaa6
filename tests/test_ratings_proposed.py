"""Ratings proposed from what is known, by rules that both sides signed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from handoff import agreements, considering, judging
from handoff.judging import LeadFacts
from handoff.models import Verdict
from handoff.terms import Terms
from handoff.terms.words import sentences
from leads import facts, proposing
from leads.models import Rating
from tests import make
from tests.dossier import AT, say

LARGE = {"field": "employees", "op": "at_least", "value": 200}
SMALL = {"field": "employees", "op": "at_least", "value": 50}
DECIDES = {"field": "buying_role", "op": "known"}


def rule(criterion, value, when):
    return {"criterion": criterion, "value": value, "when": when}


RULES = [rule("profile", 3, LARGE), rule("profile", 2, SMALL), rule("authority", 2, DECIDES)]


def agreed(*rules, **more):
    return {"rules": [*rules], **more}


def terms(ratings=None):
    told = {} if ratings is None else {"ratings": ratings}
    return Terms.parse(agreements.with_words({**agreements.interim_terms(make.team()), **told}))


def somebody(employees=None, **details):
    account = make.account()
    if employees is not None:
        answer = facts.Answer("employees", employees, 2, AT, account_id=account.pk)
        facts.learn([answer], known_at=AT)
    return make.lead(account=account, **details)


def proposed(lead):
    return {key: one.value for key, one in proposing.proposed(lead, AT).items()}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("employees", "found"), [(640, {"profile": 3}), (60, {"profile": 2}), (10, {}), (None, {})]
)
def test_the_first_rule_that_holds_proposes_and_nobody_guesses_what_is_unknown(employees, found):
    make.agreement(ratings=agreed(*RULES))

    assert proposed(somebody(employees)) == found


@pytest.mark.django_db
def test_nothing_is_proposed_where_an_earlier_rule_might_hold():
    make.agreement(ratings=agreed(rule("profile", 3, LARGE), rule("profile", 1, {})))

    assert (proposed(somebody()), proposed(somebody(10))) == ({}, {"profile": 1})


@pytest.mark.django_db
def test_the_rules_are_said_in_words_and_are_part_of_what_is_signed():
    with_rules = terms(agreed(*RULES))
    [clause] = [one for one in sentences(with_rules) if one.key == "ratings"]

    assert clause.text.endswith("They count once a person takes them over.")
    assert with_rules.hash != terms(agreed(*RULES[:2])).hash != terms().hash


@pytest.mark.django_db
def test_terms_without_rules_say_nothing_of_them_and_propose_nothing():
    made = terms()

    assert (made.ratings.proposals, "ratings" in {one.key for one in sentences(made)}) == ((), False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ratings", "why"),
    [
        (agreed(rule("charm", 2, SMALL)), "“charm” is not rated"),
        (agreed(rule("need", 4, SMALL)), "is 1, 2 or 3"),
        (agreed(rule("need", True, SMALL)), "is 1, 2 or 3"),
        (agreed(rule("need", 2, {"field": "authority", "op": "known"})), "cannot follow from ratings"),
        (agreed(rule("need", 2, {"field": "rating", "op": "known"})), "cannot follow from ratings"),
        (agreed(rule("need", 2, {"field": "shoe_size", "op": "known"})), "shoe_size"),
        (agreed(rule("need", 2, SMALL), count="yes"), "count or do not"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(ratings, why):
    with pytest.raises((ValueError, KeyError), match=why):
        terms(ratings)


@pytest.mark.django_db
def test_the_lead_page_shows_what_is_proposed_beside_the_rating_and_takes_it_over(client, ruth):
    make.agreement(ratings=agreed(*RULES))
    lead = somebody(640)

    page = client.get(lead.get_absolute_url()).content.decode()
    client.post(reverse("take_over", args=[lead.public_id]), {"take": "profile=3"})

    assert "proposed 3: employees is at least 200" in page
    assert list(Rating.objects.values_list("criterion", "value", "by")) == [("profile", 3, ruth.pk)]
    assert "proposed 3" not in client.get(lead.get_absolute_url()).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("take", ["profile=2", "need=3", "charm=1", "", "profile=9"])
def test_only_what_is_proposed_now_is_taken_over(client, ruth, take):
    make.agreement(ratings=agreed(*RULES))
    lead = somebody(640)

    client.post(reverse("take_over", args=[lead.public_id]), {"take": take})

    assert Rating.objects.count() == 0


def judged(lead, at=AT):
    considering.consider([lead.pk], at)
    return Verdict.objects.filter(lead=lead).latest("pk")


def criteria(verdict):
    return next(one for one in verdict.readings if one["trigger"] == "criteria")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "says"),
    [(False, "Rated 5 of 12, 8 needed. Not rated: authority, profile."),
     (True, "Rated 8 of 12, 8 needed. 3 of it is proposed by the agreed rules.")],
)  # fmt: skip
def test_what_is_proposed_counts_only_where_both_agreed_to_that(count, says):
    make.rep()
    make.agreement(ratings=agreed(*RULES, count=count))
    lead = somebody(640)
    facts.rate(lead, {"need": 3, "timeframe": 2}, by=None, at=AT)

    reading = criteria(judged(lead))

    assert (reading["says"], reading["truth"]) == (says, count or None)


@pytest.mark.django_db
def test_a_persons_own_rating_goes_before_what_is_proposed():
    make.agreement(ratings=agreed(*RULES, count=True))
    lead = somebody(640)
    facts.rate(lead, {"need": 3, "profile": 1}, by=None, at=AT)

    assert criteria(judged(lead))["says"].startswith("Rated 4 of 12, 8 needed. Not rated")


@pytest.mark.django_db
def test_a_verdict_with_proposals_is_the_same_when_it_is_judged_again_from_what_was_stored():
    held = make.agreement(ratings=agreed(*RULES, count=True))
    lead = somebody(640)
    say(lead, "buying_role", "Decider")
    verdict = judged(lead)

    again = judging.judge(LeadFacts.parse(verdict.inputs), agreements.terms_of(held), AT)

    assert again.as_readings() == verdict.readings


@pytest.mark.django_db
def test_a_rule_about_a_date_is_looked_at_again_on_the_day_it_turns():
    soon = {"field": "buys_by", "op": "within_next", "value": 90}
    made = terms(agreed(rule("timeframe", 3, soon), count=True))
    day = AT + timedelta(days=100)
    inputs = LeadFacts.freeze({"buys_by": day.date().isoformat()})

    check = judging.judge(inputs, made, AT).next_check_at

    assert check is not None
    assert AT < check <= day - timedelta(days=89)
