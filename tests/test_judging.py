"""The same facts under the same terms give the same verdict, in three values, with words."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff import considering
from handoff.judging import LeadFacts, ScoreLine, judge
from handoff.models import Verdict as VerdictRow
from handoff.terms import Terms
from leads.facts import rate
from tests import make
from tests.make import MONDAY_9AM

AT = MONDAY_9AM
WORDS = [
    {"key": "employees", "label": "Employees", "type": "number", "choices": []},
    {"key": "country", "label": "Country", "type": "text", "choices": []},
    {"key": "buys_by", "label": "Wants to buy by", "type": "date", "choices": []},
]
AT_LEAST_200 = {"field": "employees", "op": "at_least", "value": 200}
IN_90_DAYS = {"field": "buys_by", "op": "within_next", "value": 90}
BIG = {"label": "Big", "points": 30, "cap": None, "condition": AT_LEAST_200}
SOON = {"label": "Soon", "points": 30, "cap": None, "condition": IN_90_DAYS}


def fading(label, points, half_life=30):
    return {"label": label, "points": points, "cap": None, "signal": {"half_life_days": half_life}}


def terms(*rules, **changed):
    return Terms.parse(
        {
            "format": 1,
            "team": {"id": 1, "name": "Nordics"},
            "definitions": [],
            "words": WORDS,
            "covers": {},
            "excludes": None,
            "sheet": {"name": "Standard", "number": 1, "rules": list(rules)},
            "clauses": [
                {"trigger": "consultation", "minutes": 30},
                {"trigger": "target", "minutes": 60, "days": 14},
                {"trigger": "criteria", "minutes": 480, "needed": 8},
                {"trigger": "score", "minutes": 240, "threshold": 100},
            ],
            "exceptions": {"codes": [], "a_month": 0, "minutes": 480},
            "not_sure": {"unknowns": 1, "days": 2},
            "calendar": {"time_zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}},
            "after_accept": {"minutes": 240, "attempts": 5},
            "reasons": [],
            "ladder": {"territories": [], "weights": {}},
            **changed,
        }
    )


def lead(score=0, asked_at=None, **values):
    lines = [ScoreLine("Visits", score)] if score else []
    return LeadFacts.freeze({"is_target": False, **UNRATED, **values}, lines, asked_at)


LOW = {"need": 1, "timeframe": 1, "authority": 1, "profile": 1}
UNRATED = dict.fromkeys(LOW)


def reading(verdict, trigger):
    return next(one for one in verdict.readings if one.trigger == trigger)


@pytest.mark.parametrize(
    ("facts", "trigger"),
    [
        (lead(asked_at=AT, **LOW), "consultation"),
        (lead(is_target=True, last_seen=AT - timedelta(days=13), **LOW), "target"),
        (lead(need=2, timeframe=2, authority=2, profile=2), "criteria"),
        (lead(100, **LOW), "score"),
    ],
)
def test_each_of_the_four_cases_passes_a_lead(facts, trigger):
    verdict = judge(facts, terms(), AT)

    assert (verdict.outcome, verdict.trigger) == ("ready", trigger)


def test_who_is_none_of_the_four_is_not_ready():
    verdict = judge(lead(99, **LOW), terms(), AT)

    assert (verdict.outcome, verdict.trigger, verdict.fired) == ("not_ready", "", frozenset())


def test_a_person_who_asks_goes_first_whatever_else_holds():
    verdict = judge(lead(500, asked_at=AT, need=3, timeframe=3, authority=3), terms(), AT)

    assert (verdict.trigger, verdict.fired) == ("consultation", {"consultation", "criteria", "score"})


@pytest.mark.parametrize(
    ("ratings", "truth", "unknowns"),
    [
        ({"need": 3, "timeframe": 3, "authority": 2, "profile": None}, True, 0),
        ({"need": 3, "timeframe": 2, "authority": 2, "profile": None}, None, 1),
        ({"need": 1, "timeframe": 1, "authority": 1, "profile": None}, False, 0),
        ({"need": 1, "timeframe": 1, "authority": None, "profile": None}, None, 2),
        ({"need": 3, "timeframe": 2, "authority": 2, "profile": 0 + 1}, True, 0),
        ({"need": 3, "timeframe": 2, "authority": 1, "profile": 1}, False, 0),
    ],
)
def test_unknown_ratings_may_be_anything_from_1_to_3(ratings, truth, unknowns):
    found = reading(judge(lead(**ratings), terms(), AT), "criteria")

    assert (found.truth, found.unknowns) == (truth, unknowns)


def test_a_score_that_an_unknown_fact_could_complete_is_not_sure_and_says_how_short():
    verdict = judge(lead(88, **LOW), terms(BIG), AT)

    assert verdict.outcome == "not_sure"
    assert reading(verdict, "score").says == "Score 88, line is 100. 12 points and 1 unknown short."


@pytest.mark.parametrize(
    ("score", "employees", "truth"), [(88, 100, False), (69, None, False), (70, None, None), (100, 100, True)]
)
def test_a_fact_that_is_known_to_be_otherwise_completes_nothing(score, employees, truth):
    assert reading(judge(lead(score, employees=employees, **LOW), terms(BIG), AT), "score").truth is truth


@pytest.mark.parametrize(("cap", "truth"), [(40, None), (21, None), (20, False)])
def test_what_an_unknown_fact_could_add_stops_at_the_cap_of_its_group(cap, truth):
    held = {"group": {"name": "Size", "cap": cap}}
    here = {"field": "country", "op": "is", "value": "Norway"}
    rules = {**BIG, **held}, {**BIG, "label": "Here", "points": 10, "condition": here, **held}
    lines = ScoreLine("Here", 10), ScoreLine("Other", 79)
    facts = LeadFacts.freeze({**LOW, "country": "Norway", "is_target": False}, lines)

    assert reading(judge(facts, terms(*rules), AT), "score").truth is truth


def test_an_answer_of_a_target_account_counts_for_its_days_to_the_second():
    seen = AT - timedelta(days=14)

    truths = [
        reading(judge(lead(is_target=True, last_seen=seen, **LOW), terms(), at), "target").truth
        for at in (AT - timedelta(seconds=1), AT)
    ]

    assert truths == [True, False]


def test_who_is_excluded_passes_only_by_asking():
    students = terms(excludes={"field": "country", "op": "is", "value": "XX"})

    outcomes = [
        judge(lead(score, country=country, asked_at=asked), students, AT).outcome
        for score, country, asked in (
            (200, "XX", None),
            (200, "XX", AT),
            (200, "NO", None),
            (200, None, None),
        )
    ]

    assert outcomes == ["not_ready", "ready", "ready", "not_sure"]


# --- when to look again -------------------------------------------------------------------------------


def test_what_time_cannot_change_is_not_looked_at_again():
    assert judge(lead(50, **LOW), terms(BIG), AT).next_check_at is None


def test_an_answer_that_will_count_no_more_is_looked_at_then():
    seen = AT - timedelta(days=3)

    verdict = judge(lead(is_target=True, last_seen=seen, **LOW), terms(), AT)

    assert verdict.next_check_at == seen + timedelta(days=14)


def windowed(label, points, half_life=None):
    signal = {"half_life_days": half_life, "window_days": 90}
    return {"label": label, "points": points, "cap": None, "signal": signal}


@pytest.mark.parametrize(
    ("visits", "fixed", "looked_at"),
    [
        (60, 50, "2026-11-17T00:00:00+00:00"),  # without the visits it would be 50
        (10, 200, None),  # 200 stay whatever leaves the window
        (-60, 150, "2026-11-17T00:00:00+00:00"),  # without what was subtracted it would be 150
        (60, 20, None),  # good points that leave lift nobody over the line
    ],
)
def test_what_may_leave_a_window_is_looked_at_at_the_next_midnight(visits, fixed, looked_at):
    sheet = terms(windowed("Visits", 10))
    facts = LeadFacts.freeze(
        {"is_target": False, **LOW}, [ScoreLine("Visits", visits), ScoreLine("Fixed", fixed)]
    )

    check = judge(facts, sheet, AT).next_check_at

    assert (check and check.isoformat()) == looked_at


def test_what_fades_beside_a_window_is_looked_at_when_both_together_may_cross():
    sheet = terms(windowed("Visits", 10), fading("Papers", 10))
    card = [ScoreLine("Visits", 60), ScoreLine("Papers", 100), ScoreLine("Fixed", 40)]

    check = judge(LeadFacts.freeze({"is_target": False, **LOW}, card), sheet, AT).next_check_at

    # 200 - 60 of the window leaves 40 to fade, of 100 with a half-life of 30 days, less what rounding hides
    assert timedelta(days=19) < check - AT < timedelta(days=22.2)


def test_a_date_that_comes_nearer_is_looked_at_when_it_turns():
    verdict = judge(lead(buys_by="2027-03-01", **LOW), terms(SOON), AT)

    assert verdict.next_check_at.isoformat() == "2026-12-01T00:00:00+00:00"


@st.composite
def fading_cards(draw):
    sign = draw(st.sampled_from([1, -1]))
    raw = draw(st.lists(st.tuples(st.floats(1, 300), st.integers(1, 120)), min_size=1, max_size=4))
    return [(sign * points, half_life) for points, half_life in raw], draw(st.integers(-100, 300))


@settings(max_examples=150, deadline=None)
@given(fading_cards())
def test_the_line_is_never_crossed_before_the_instant_of_the_next_look(drawn):
    moving, fixed = drawn
    sheet = terms(*(fading(f"Line {n}", 1, half_life) for n, (_p, half_life) in enumerate(moving)))

    def card(days):
        fresh = [round(points * 2 ** (-days / half_life)) for points, half_life in moving]
        return [*(ScoreLine(f"Line {n}", p) for n, p in enumerate(fresh)), ScoreLine("Fixed", fixed)]

    facts = LeadFacts.freeze({"is_target": False, **LOW}, card(0))
    first = judge(facts, sheet, AT)
    check = first.next_check_at
    ahead = (check - AT) / timedelta(days=1) if check else 4000.0

    for share in (0.25, 0.5, 0.75, 0.999):
        if ahead > 0.02:  # a quarter of an hour is the nearest look there is
            later = LeadFacts.freeze({"is_target": False, **LOW}, card(ahead * share))
            assert judge(later, sheet, AT).outcome == first.outcome


# --- the same again -----------------------------------------------------------------------------------


@given(
    st.fixed_dictionaries(
        {
            **{key: st.none() | st.integers(1, 3) for key in LOW},
            "is_target": st.booleans(),
            "employees": st.none() | st.integers(0, 5000) | st.decimals(0, 100, places=2),
            "country": st.none() | st.text(max_size=5),
            "last_seen": st.none() | st.just(AT - timedelta(days=2)),
            "buys_by": st.none() | st.dates().map(str),
        }
    ),
    st.integers(-50, 200),
    st.booleans(),
)
def test_what_was_stored_replays_to_the_very_same_verdict(values, score, asked):
    agreed = terms(BIG, SOON, excludes={"field": "country", "op": "is", "value": "XX"})
    verdict = judge(LeadFacts.freeze(values, [ScoreLine("All", score)], AT if asked else None), agreed, AT)

    stored = json.loads(json.dumps(dict(verdict.inputs)))

    assert judge(LeadFacts.parse(stored), agreed, AT) == verdict
    assert sum(line.points for line in verdict.lines) == verdict.score


@pytest.mark.django_db
def test_replaying_a_handoff_says_that_it_is_the_same():
    agreement = make.agreement()
    lead = make.lead()
    rate(lead, {"need": 3, "timeframe": 3, "authority": 3}, by=None, at=AT)
    (handoff,) = considering.consider([lead.pk], AT)
    out = StringIO()

    call_command("replay", str(handoff.public_id), stdout=out)

    assert out.getvalue().splitlines() == [
        f"{lead}, judged on 2026-11-16 09:00 UTC under agreement 1 with {agreement.team}: ready, criteria.",
        "  no       consultation  Has not asked to talk to sales.",
        "  no       target        Is not at a named target account.",
        "  yes      criteria      Rated 9 of 12, 8 needed.",
        "  no       score         Score 0, line is 200.",
        "The same again: outcome, readings and score lines are equal.",
    ]


@pytest.mark.django_db
def test_a_verdict_that_does_not_replay_is_an_error():
    make.agreement()
    lead = make.lead()
    rate(lead, {"need": 3, "timeframe": 3, "authority": 3}, by=None, at=AT)
    (handoff,) = considering.consider([lead.pk], AT)
    bent = VerdictRow.objects.get()
    bent.pk, bent.public_id, bent.score = None, handoff.public_id, 999
    bent.save()
    handoff.verdict = bent
    handoff.save(update_fields=["verdict"])

    with pytest.raises(CommandError, match="differs: score"):
        call_command("replay", str(handoff.public_id), stdout=StringIO())
