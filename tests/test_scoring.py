"""A score is its lines; and history, tallies and a slow, obvious reading of the rules agree on every line."""

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import activities, custody, lines, scoring, sheets
from leads.activities import Event
from leads.conditions import evaluate
from leads.models import OURS, Activity, Grade, Kind, Score, ScoreRule, ScoreSheet, Signal, Tally
from leads.tasks import make_partitions, rescore
from leads.vocabulary import vocabulary
from tests import make
from tests import make_scores as made
from tests.stories import MONDAY, TOLD, stories, tell

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SILENT = {"field": "last_seen", "op": "older_than", "value": 30}
TITLED = {"field": "title", "op": "contains", "value": "chief"}
count = iter(range(10**9))


def did(lead, kind=Kind.VISIT, *, days_ago=0, times=1, **details):
    thread = lead.identities.first() or made.identity(lead)
    at = MONDAY - days_ago * DAY
    events = [Event(thread.pk, kind, at, f"deed {next(count)}", **details) for _ in range(times)]
    activities.record(events, known_at=at)


def points(lead, sheet, at=MONDAY):
    return scoring.scores_of([lead.pk], sheet, at)[lead.pk]


# --- the slow, obvious reading --------------------------------------------------------------------------


def unit_of(signal, activity):
    if signal.unit == Signal.Unit.EACH:
        return activity.pk
    if signal.unit == Signal.Unit.ONCE:
        return ""
    if signal.unit == Signal.Unit.PER_DAY:
        return activity.at.date()
    return activity.about or activity.asset_id


def counts(signal, activity):
    return (
        activity.kind == signal.kind
        and activity.kind not in OURS
        and activity.grade >= signal.least_grade
        and activity.about.startswith(signal.about_starts)
        and signal.asset_kind in ("", activity.asset and activity.asset.kind)
    )


def times(signal, happened, at):
    units = defaultdict(list)
    for activity in happened:
        if counts(signal, activity):
            units[unit_of(signal, activity)].append(activity.at)
    if signal.half_life_days is None:
        return len(units)
    half_life = signal.half_life_days * DAY
    return sum(2 ** -((at - min(instants)) / half_life) for instants in units.values())


def obvious(rules, lead, at):
    """Every line of a lead, worked out event by event; lines without points are left out."""
    known = Activity.objects.filter(identity__lead=lead, at__lte=at, known_at__lte=at).select_related("asset")
    seen = [one.at for one in known if one.grade > Grade.MACHINE and one.kind not in OURS]
    facts, terms = {"last_seen": max(seen, default=None)}, vocabulary()
    found = {}
    for rule in rules:
        if rule.signal:
            amount = abs(rule.points) * times(rule.signal, known, at)
        else:
            amount = abs(rule.points) * (evaluate(rule.condition, facts, terms, at=at) is True)
        capped = amount if rule.cap is None else min(amount, rule.cap)
        found[rule.pk] = lines.rounded(capped if rule.points > 0 else -capped)
    return {rule: points for rule, points in found.items() if points}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_history_tallies_and_the_obvious_reading_agree_on_every_line(story, data):
    with transaction.atomic():
        sheet, leads = scored(story, data)
        rules, at = scoring.rules_of(sheet), TOLD + data.draw(st.integers(0, 400)) * timedelta(hours=6)

        told = {lead.pk: obvious(rules, lead, at) for lead in leads}
        ids = [lead.pk for lead in leads]
        history = scoring.lines_as_of(rules, at=at, lead_ids=ids)
        cards = scoring.cards_of(ids, sheet, at)

        assert {lead: history.get(lead, {}) for lead in told} == told
        assert {lead: shown(card) for lead, card in cards.items()} == told
        assert {lead: card.total for lead, card in cards.items()} == scoring.scores_of(ids, sheet, at)
        assert {lead: sum(points.values()) for lead, points in told.items()} == scoring.scores_of(
            ids, sheet, at
        )
        transaction.set_rollback(True)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_history_tells_the_lines_of_any_earlier_instant(story, data):
    with transaction.atomic():
        sheet, leads = scored(story, data, as_history=True)
        rules, at = scoring.rules_of(sheet), MONDAY + data.draw(st.integers(-170, 170)) * timedelta(hours=6)

        history = scoring.lines_as_of(rules, at=at)

        assert history == {lead.pk: found for lead in leads if (found := obvious(rules, lead, at))}
        transaction.set_rollback(True)


def scored(story, data, **kwargs):
    """A story, and a sheet with a rule or two about each of its signals and one about silence."""
    signals, leads = tell(story, **kwargs)
    amounts, caps = st.sampled_from([-50, -7, 0, 1, 5, 10, 100]), st.sampled_from([None, 0, 3, 25])
    rules = [
        made.rule(about, data.draw(amounts), data.draw(caps))
        for about in [*signals, data.draw(st.sampled_from(signals)), SILENT]
    ]
    return made.sheet(*rules), leads


def shown(card):
    return {line.rule_id: line.points for line in card.lines if line.points}


# --- rounding and range ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "whole"),
    [(0, 0), (0.4, 0), (0.5, 1), (2.5, 3), (-0.5, -1), (-2.5, -3), (2.49, 2), (2.4999999999, 3), (99.9, 100)],
)
def test_points_are_rounded_alike_in_sql_and_python(amount, whole):
    signal = made.signal()
    lead, sign = make.lead(), -1 if amount < 0 else 1
    Tally.objects.filter(lead=lead).update(sums=[abs(amount)])

    stored = points(lead, made.sheet(made.rule(signal, sign)))

    assert (stored, lines.rounded(amount)) == (whole, whole)


def test_after_one_half_life_a_visit_is_worth_half_and_a_half_rounds_up():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(half_life_days=30), 5))
    did(lead)

    scores = [points(lead, sheet, MONDAY + days * DAY) for days in (0, 30, 60, 400)]

    assert scores == [5, 3, 1, 0]


@pytest.mark.parametrize("years_ago", [0, 1, 5, 30])
def test_no_age_stops_a_reading(years_ago):
    signal = made.signal(half_life_days=1)
    lead, sheet = make.lead(), made.sheet(made.rule(signal, 5))
    did(lead, days_ago=365 * years_ago)

    scores = [points(lead, sheet, MONDAY + years * 365 * DAY) for years in (0, 1, 30)]

    assert scores == [5 if years_ago == 0 else 0, 0, 0]


def test_moving_landmarks_changes_no_reading():
    lead, short, long = make.lead(), made.signal(half_life_days=1), made.signal(half_life_days=90)
    sheet = made.sheet(made.rule(short, 1000), made.rule(long, 1000), made.rule(made.signal(), 10))
    did(lead, days_ago=200)
    later = MONDAY + 180 * DAY
    thread = lead.identities.get()
    activities.record([Event(thread.pk, Kind.VISIT, later - DAY, "late visit")], known_at=later)
    before = shown(scoring.card(lead, sheet, later))

    moved = [sheets.rebase(later), sheets.rebase(later)]

    after = Tally.objects.get(lead=lead).sums
    assert moved == [1, 0]
    assert Signal.objects.get(pk=short.pk).landmark == later
    assert after[0] == pytest.approx(0.5)
    assert shown(scoring.card(lead, sheet, later)) == before
    activities.rebuild([lead.pk])
    assert Tally.objects.get(lead=lead).sums == pytest.approx(after)


# --- cards and stored scores ----------------------------------------------------------------------------


def test_a_card_says_what_each_line_comes_from_and_adds_up():
    lead = make.lead(facts={"title": "Chief engineer"})
    visits, papers = made.signal(), made.signal(Kind.DOWNLOAD, half_life_days=60)
    sheet = made.sheet(
        made.rule(visits, 10, 60, "Visits"), made.rule(papers, 50, None, "White papers"),
        made.rule(TITLED, 100, None, "Title"), made.rule(SILENT, -50, None, "Silence"),
    )  # fmt: skip
    did(lead, times=9)
    did(lead, Kind.DOWNLOAD, days_ago=11)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.label, line.note, line.points) for line in card.lines] == [
        ("Visits", "9 times, 10 each, the last on 16 Nov 2026, at most 60", 60),
        ("White papers", "50 on 5 Nov 2026, half-life 60 days", 44),
        ("Title", "job title contains “chief”", 100),
    ]
    assert card.total == 204


def test_what_machines_did_stands_on_the_card_and_earns_nothing():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(Kind.CLICK), 10))
    did(lead, Kind.CLICK, times=40, grade=Grade.MACHINE)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.note, line.points) for line in card.lines] == [
        ("40 times, without enough evidence of a person", 0)
    ]


def test_silence_costs_points_from_the_day_it_has_lasted_long_enough():
    lead, sheet = make.lead(), made.sheet(made.rule(SILENT, -50))
    did(lead)

    scores = [points(lead, sheet, MONDAY + days * DAY) for days in (30, 31)]

    assert scores == [0, -50]


def test_a_score_is_right_at_the_commit_of_the_event():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(), 10))

    seen = []
    for _ in range(3):
        did(lead)
        seen.append(points(lead, sheet))

    assert seen == [10, 20, 30]


def test_changing_points_costs_nothing_and_shows_at_once():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(), 10))
    did(lead, times=2)

    sheet.rules.update(points=25)

    assert points(lead, sheet) == 50


def test_a_new_signal_counts_the_past():
    lead = make.lead()
    did(lead, times=3)

    sheet = made.sheet(made.rule(made.signal(), 10))

    assert points(lead, sheet) == 30


def test_a_draft_is_read_from_history_without_being_saved():
    lead = make.lead()
    did(lead, times=2)
    draft = [
        ScoreRule(label="Draft", points=7, signal=Signal(kind=Kind.VISIT, least_grade=Grade.LIKELY)),
        ScoreRule(label="Draft", points=3, condition={}),
    ]

    assert scoring.lines_as_of(draft, at=MONDAY) == {lead.pk: {-1: 14, -2: 3}}


def test_leads_who_were_not_known_yet_have_no_lines():
    make.lead(at=MONDAY + DAY)

    assert scoring.lines_as_of([ScoreRule(label="All", points=3, condition={})], at=MONDAY) == {}


def stored(sheet):
    return dict(Score.objects.filter(sheet=sheet).values_list("lead", "points"))


def test_stored_scores_follow_and_only_what_changed_is_written(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 2)
    sheet = made.sheet(made.rule(made.signal(half_life_days=30), 10))
    leads = [make.lead() for _ in range(5)]
    for times, lead in enumerate(leads):
        did(lead, times=times)

    written = [scoring.rescore(sheet, at) for at in (MONDAY, MONDAY, MONDAY + 30 * DAY)]

    assert written == [5, 0, 4]
    assert stored(sheet) == {lead.pk: 5 * times for times, lead in enumerate(leads)}


def test_stored_scores_of_some_leads_can_be_brought_up_alone():
    sheet = made.sheet(made.rule({}, 10))
    one, _other = make.lead(), make.lead()

    scoring.rescore(sheet, MONDAY, lead_ids=[one.pk])

    assert stored(sheet) == {one.pk: 10}


def test_nobody_scores_a_closed_lead():
    sheet, lead = made.sheet(made.rule({}, 10)), make.lead()
    custody.close([lead.pk], cause="moved away", at=MONDAY)

    assert scoring.rescore(sheet, MONDAY) == 0


def test_cards_of_many_leads_take_as_many_queries_as_one(django_assert_num_queries):
    sheet = sheets.standard("Standard", at=MONDAY)
    leads = [make.lead() for _ in range(3)]
    for lead in leads:
        did(lead)

    for some in (leads[:1], leads):
        with django_assert_num_queries(9):
            scoring.cards_of([lead.pk for lead in some], sheet, MONDAY)


def test_the_standard_sheet_is_made_once_and_gives_the_agreed_points():
    lead = make.lead(facts={"title": "Vice President Operations"})
    sheet = sheets.standard("Standard", at=MONDAY)
    again = sheets.standard("Standard", at=MONDAY + DAY)
    did(lead)
    did(lead, Kind.DOWNLOAD, about="paper")

    lines_of = {line.label: line.points for line in scoring.card(lead, sheet, MONDAY).lines}

    assert again == sheet
    assert lines_of == {"Visits": 10, "White papers": 50, "“Vice President” in the title": 100}


def test_the_terms_of_a_sheet_are_plain_and_do_not_follow_later_edits():
    sheet = made.sheet(made.rule(made.signal(name_is="Visits"), 10, 60), made.rule(TITLED, 5))
    terms = sheet.terms()

    sheet.rules.update(points=99)

    assert terms == [
        {
            "label": "Rule",
            "signal": {
                "name": "Visits", "kind": "visit", "asset_kind": "", "about_starts": "", "unit": "each",
                "half_life_days": None, "least_grade": 2,
            },
            "points": 10,
            "cap": 60,
        },
        {"label": "Rule", "condition": TITLED, "points": 5, "cap": None},
    ]  # fmt: skip


def test_the_scheduled_pass_scores_signed_sheets_and_the_newest_drafts():
    make.lead()
    names = [("Old", 1, None), ("Old", 2, MONDAY), ("Old", 3, None), ("New", 1, None)]
    made_sheets = {
        (name, number): ScoreSheet.objects.create(name=name, number=number, frozen_at=frozen_at)
        for name, number, frozen_at in names
    }

    rescore()
    rescore()

    scored_sheets = {key for key, sheet in made_sheets.items() if stored(sheet)}
    assert scored_sheets == {("Old", 2), ("Old", 3), ("New", 1)}


def test_the_next_months_have_their_partitions():
    make_partitions()
    make_partitions()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'leads_activity'::regclass")
        assert cursor.fetchone()[0] >= 4
