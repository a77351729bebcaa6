"""Where form and phone contradict each other: shown before the call, settled by asking again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from handoff import inbox
from leads import disagreeing, dossier, facts
from leads.models import Custodian, Fact, Saying
from tests import make
from tests.dossier import AT, line, say

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FORM_AND_PHONE = "Employees: the form says 500, the phone says 40"


def told(account, value, saying, *, at=AT, by=None):
    answer = facts.Answer("employees", value, saying, at, account_id=account.pk)
    facts.learn([answer], known_at=at, by=by)


@pytest.fixture
def lead():
    """Somebody at a company that says 500 on the form and 40 on the phone."""
    account = make.account("Aas Meieri")
    told(account, 500, Saying.SELF_REPORTED)
    told(account, 40, Saying.VERIFIED, at=AT + HOUR)
    return make.lead(account=account)


def said_of(lead):
    return disagreeing.sentences(dossier.known_of(lead))


def test_what_form_and_phone_say_differently_is_a_sentence(lead):
    assert said_of(lead) == [FORM_AND_PHONE]


@pytest.mark.parametrize(
    ("first", "then"),
    [(("Budget set", Saying.ENRICHED), (" budget  SET ", Saying.SELF_REPORTED)),
     (("None", Saying.SELF_REPORTED), ("NOK 400k", Saying.SELF_REPORTED))],
    ids=["the same in other letters", "the same source later"],
)  # fmt: skip
def test_what_is_no_disagreement(first, then):
    lead = make.lead()
    say(lead, "budget", *first)
    say(lead, "budget", *then, at=AT + HOUR)

    assert said_of(lead) == []


def test_whole_sentences_are_never_called_a_disagreement():
    lead = make.lead()
    say(lead, "need_words", "Noise")
    say(lead, "need_words", "The pump cavitates", Saying.VERIFIED)

    assert said_of(lead) == []


def test_a_source_that_changed_its_mind_counts_by_its_latest_word():
    lead = make.lead()
    say(lead, "budget", "None")
    say(lead, "budget", "NOK 400k", at=AT + HOUR)
    say(lead, "budget", "NOK 400k", Saying.VERIFIED)

    assert said_of(lead) == []


def test_asking_again_on_the_phone_settles_it(client, ruth, lead):
    [known] = line(client.get(lead.get_absolute_url()), "Profile").known

    answer = client.post(reverse("verify", args=[lead.public_id, "employees"]), {"fact": known.best.fact.pk})

    assert answer.headers["Location"] == f"{lead.get_absolute_url()}#bant"
    latest = Fact.objects.latest("pk")
    assert (latest.value, latest.saying, latest.by, latest.account) == (
        40,
        Saying.VERIFIED,
        ruth,
        lead.account,
    )
    assert said_of(lead) == []


def test_a_rep_who_corrects_an_answer_on_the_phone_overrules_what_was_verified_before(client, lead):
    marit = make.rep("Marit Dahl")
    mine = make.lead(account=lead.account, holder=Custodian.of(marit, "sales"))
    client.force_login(marit)

    page = client.get(mine.get_absolute_url(), {"verify": "employees"}).content.decode()
    client.post(reverse("verify", args=[mine.public_id, "employees"]), {"value": "60"})

    assert 'value="40"' in page
    lead.account.refresh_from_db()
    assert lead.account.facts == {"employees": 60}


def test_nobody_verifies_what_was_said_of_somebody_else(client, ruth, lead):
    other = make.lead()
    say(other, "budget", "NOK 400k")

    for fact in (Fact.objects.latest("pk").pk, "x", "9" * 30):
        answer = client.post(reverse("verify", args=[lead.public_id, "budget"]), {"fact": fact})
        assert answer.status_code == 404, fact


def test_a_correction_the_field_cannot_hold_is_refused_and_kept_in_the_box(client, ruth, lead):
    answer = client.post(reverse("verify", args=[lead.public_id, "employees"]), {"value": "a few"})

    assert (answer.status_code, 'value="a few"' in answer.content.decode()) == (422, True)


def test_verifying_goes_back_to_the_page_it_was_done_on_and_to_no_other_site(client, ruth, lead):
    there = reverse("verify", args=[lead.public_id, "employees"])

    ours = client.post(there, {"value": "60", "back": "/worklist/"})
    theirs = client.post(there, {"value": "60", "back": "https://evil.example/"})

    assert ours.headers["Location"] == "/worklist/"
    assert theirs.headers["Location"] == f"{lead.get_absolute_url()}#bant"


def test_the_reps_row_says_it_and_costs_one_query_however_many_wait(client, lead):
    marit = make.rep()
    handoff = make.handoff(lead, rep=marit)
    with CaptureQueriesContext(connection) as one:
        [row] = inbox.queue(marit, AT)
    for _ in range(3):
        make.handoff(rep=marit, agreement=handoff.agreement)
    with CaptureQueriesContext(connection) as four:
        rows = inbox.queue(marit, AT)

    assert (list(row.disagreements), len(rows), len(four) - len(one)) == ([FORM_AND_PHONE], 4, 0)


def test_the_row_and_the_opened_handoff_show_it(client, lead):
    marit = make.rep()
    make.handoff(lead, rep=marit)
    client.force_login(marit)

    page = client.get(reverse("inbox")).content.decode()

    assert page.count(FORM_AND_PHONE) == 2
    assert reverse("verify", args=[lead.public_id, "employees"]) in page
