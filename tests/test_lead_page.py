"""A lead's page: the baton, what is known and who says so, points that add up, and everything it did."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import custody, facts, merging, scoring, sheets
from leads.models import Custodian, Fact, Kind, Rating, Saying, ScoreRule, Submission
from tests import make
from tests.dossier import AT, do, line, say
from tests.forms import a_form

pytestmark = pytest.mark.django_db


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
    assert "Lead → <b>MQL</b>" in page.content.decode()


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
    merging.merge(kept, folded, by=ruth, at=make.MONDAY_9AM)

    assert client.get(folded.get_absolute_url()).headers["Location"] == kept.get_absolute_url()


def test_whoever_was_folded_in_has_their_path_hands_and_forms_on_the_page_under_their_name(client, ruth):
    kept = make.lead(first_name="Karin")
    counts = []
    for name in ("Kari", "Carina"):
        folded = make.lead(first_name=name)
        folded.move_to("mql", trigger=f"{name} rang", at=AT)
        Submission.objects.create(form=a_form(name.lower()), lead=folded, outcome="admitted", at=AT)
        merging.merge(kept, folded, by=ruth, at=make.MONDAY_9AM)
        client.get(kept.get_absolute_url())
        with CaptureQueriesContext(connection) as asked:
            text = client.get(kept.get_absolute_url()).content.decode()
        mine = ("leads_stagechange", "leads_custodychange", "leads_submission", "leads_accountmove")
        counts.append([sum(f'FROM "{table}"' in query["sql"] for query in asked) for table in mine])

    for part, words in {"stages": "Kari rang, as Kari", "hands": ", as Carina", "sent": "as Kari"}.items():
        assert words in text.split(f'id="{part}"')[1].split("</section>")[0], part
    assert counts[0] == counts[1]


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
