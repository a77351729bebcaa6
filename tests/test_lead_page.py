"""A lead's page: the baton, what is known and who says so, points that add up, and everything it did."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import activities, custody, facts, scoring, sheets
from leads.models import Custodian, Fact, Field, Kind, Lead, Rating, Saying, ScoreRule
from tests import make

pytestmark = pytest.mark.django_db
AT = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def say(lead, key, value, saying=Saying.SELF_REPORTED, *, by=None, at=AT):
    facts.learn([facts.Answer(key, value, saying, at, lead_id=lead.pk)], known_at=at, by=by)


def do(lead, kind, *, at=AT, key=None, **details):
    identity = activities.identity_of([lead.pk])[lead.pk]
    event = activities.Event(identity, kind, at, key or f"{kind}:{at.isoformat()}", **details)
    activities.record([event], known_at=at)


def line(page, label):
    return next(line for line in page.context["lines"] if line.label == label)


def test_the_baton_says_who_holds_it_what_comes_next_by_when_and_why(client, ruth):
    marit = Custodian.of(make.rep("Marit Dahl"), "sales")
    lead = make.lead(holder=marit)
    custody.plan([lead.pk], next_action="answer", next_action_at=AT, reason="Score 358, line is 320")

    text = client.get(lead.get_absolute_url()).content.decode()
    baton = text.split('class="baton"')[1].split("</dl>")[0]

    for word in ("Marit Dahl", "Accept or reject", "Score 358, line is 320", "Mon 16 Nov"):
        assert word in baton, word


def test_a_closed_lead_says_why_and_nobody_holds_it(client, ruth):
    lead = make.lead()
    custody.close([lead.pk], cause="Student", at=AT)

    text = client.get(lead.get_absolute_url()).content.decode()

    assert ('class="baton"' in text, "Student" in text) == (False, True)


def test_what_was_verified_outranks_what_was_typed_which_is_struck_through(client, ruth):
    lead = make.lead()
    say(lead, "budget", "NOK 400k", Saying.VERIFIED, by=ruth)
    say(lead, "budget", "None yet", at=AT + timedelta(days=1))

    page = client.get(lead.get_absolute_url())
    [known] = line(page, "Budget").known

    assert (known.best.words, known.best.who, known.best.shape) == ("NOK 400k", "Ruth Amaro", "verified")
    assert [(other.words, other.who) for other in known.overruled] == [("None yet", "self-reported")]
    assert "<s>None yet</s>" in page.content.decode()


def test_the_same_answer_given_twice_is_no_disagreement(client, ruth):
    lead = make.lead()
    say(lead, "budget", "NOK 400k")
    say(lead, "budget", "NOK 400k", at=AT + timedelta(days=1))

    [known] = line(client.get(lead.get_absolute_url()), "Budget").known

    assert (known.overruled, len(known.earlier)) == ([], 1)


def test_what_nobody_knows_is_said_to_be_unknown(client, ruth):
    page = client.get(make.lead().get_absolute_url())

    assert [(one.label, one.known) for one in page.context["lines"]] == [
        (label, ()) for label in ("Budget", "Authority", "Need", "Timeline", "Profile")
    ]
    assert page.content.decode().count("Not known") == 5


def test_the_lines_of_the_score_card_add_up_to_the_score(client, ruth):
    at = timezone.now()
    lead, sheet = make.lead(), sheets.standard("Nordics", at=at - timedelta(days=40))
    say(lead, "title", "Vice President Operations")
    for days in (1, 3, 20):
        do(lead, Kind.VISIT, at=at - timedelta(days=days), about="/pumps/")
    scoring.rescore(sheet, at)

    text = client.get(lead.get_absolute_url()).content.decode()
    card = text.split('class="score-card"')[1].split("</table>")[0]
    points = [int(figure) for figure in re.findall(r"<td>\+?(-?\d+)</td>", card)]

    assert len(points) > 2
    assert sum(points[:-1]) == points[-1] == scoring.card(lead, sheet, at).total
    assert ScoreRule.objects.filter(sheet=sheet).exists()


def test_what_happened_stands_newest_first_and_older_pages_go_on_where_it_ended(client, ruth):
    lead = make.lead()
    for number in range(35):
        do(lead, Kind.VISIT, at=AT + timedelta(hours=number), about=f"/page/{number}/")

    first = client.get(lead.get_absolute_url()).context["done"]
    rest = client.get(lead.get_absolute_url(), {"older": first.older}).context["done"]

    assert [one.activity.about for one in first] == [f"/page/{number}/" for number in range(34, 4, -1)]
    assert [one.activity.about for one in rest] == [f"/page/{number}/" for number in range(4, -1, -1)]
    assert rest.older == ""


def test_activities_of_one_instant_are_neither_skipped_nor_repeated(client, ruth):
    lead = make.lead()
    for number in range(32):
        do(lead, Kind.VISIT, key=f"visit {number}")

    first = client.get(lead.get_absolute_url()).context["done"]
    rest = client.get(lead.get_absolute_url(), {"older": first.older}).context["done"]

    assert len({one.activity.dedupe_key for one in (*first, *rest)}) == 32
    assert len(rest.rows) == 2


def test_what_a_lead_wrote_is_never_run_in_the_readers_browser(client, ruth):
    attack = "<script>alert(1)</script>"
    lead = make.lead(first_name=attack, account=make.account(attack))
    say(lead, "need_words", attack)
    do(lead, Kind.VISIT, about=f"/{attack}")

    assert attack not in client.get(lead.get_absolute_url()).content.decode()


def test_every_hand_and_every_stage_is_remembered(client, ruth):
    lead = make.lead(holder=Custodian.of(ruth, "marketing"))
    hand = Custodian.of(make.rep("Marit Dahl"), "sales")
    custody.hold([lead.pk], hand, next_action="call", next_action_at=AT, reason="Score reached", at=AT)
    lead.move_to("mql", trigger="Score reached", at=AT, by=ruth)

    page = client.get(lead.get_absolute_url())

    hands = [str(change.custodian) for change in page.context["hands"].order_by("pk")]
    assert hands == ["Ruth Amaro", "Marit Dahl"]
    assert [(move.from_stage, move.to_stage) for move in page.context["stages"]] == [("lead", "mql")]


def test_somebody_elses_lead_is_not_found(client):
    lead = make.lead()
    client.force_login(make.rep())

    assert client.get(lead.get_absolute_url()).status_code == 404
    assert client.post(reverse("rate", args=[lead.public_id]), {"need": 3}).status_code == 404
    answer = client.post(reverse("learn", args=[lead.public_id, "budget"]), {"value": "None"})
    assert answer.status_code == 404
    assert (Rating.objects.count(), Fact.objects.count()) == (0, 0)


def test_the_page_of_somebody_who_was_folded_leads_to_whom_they_were_folded_into(client, ruth):
    kept, folded = make.lead(), make.lead()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_custody WHERE lead_id = %s", [folded.pk])
    Lead.objects.filter(pk=folded.pk).update(merged_into=kept)

    assert client.get(folded.get_absolute_url()).headers["Location"] == kept.get_absolute_url()


# --- by hand ----------------------------------------------------------------------------------------


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


def test_a_viewer_reads_everything_and_is_offered_no_change(client):
    lead = make.lead()
    client.force_login(make.user(groups=["Viewers"]))

    page = client.get(lead.get_absolute_url(), {"fact": "budget"})

    assert page.status_code == 200
    assert "<form" not in page.content.decode().split('<article class="dossier"')[1].split("</article>")[0]
    assert client.post(reverse("rate", args=[lead.public_id]), {"need": 3}).status_code == 403


def test_the_page_asks_as_many_questions_for_a_long_story_as_for_a_short_one(client, ruth):
    lead, counts = make.lead(account=make.account()), []
    for round_ in range(2):
        for number in range(1 + 4 * round_):
            do(lead, Kind.CALL, at=AT + timedelta(hours=number, days=round_), by_id=ruth.pk)
            say(lead, "budget", f"NOK {number}", by=ruth, at=AT + timedelta(hours=number, days=round_))
            facts.rate(lead, {"need": 2, "profile": 1}, by=ruth, at=AT)
        with CaptureQueriesContext(connection) as asked:
            client.get(lead.get_absolute_url())
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- activities -------------------------------------------------------------------------------------


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
