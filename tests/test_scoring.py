"""A score is its lines: right at once, explained on a card, and stored for lists."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection

from leads import custody, scoring, sheets
from leads.models import Grade, Kind, Score, ScoreRule, ScoreSheet, Signal
from leads.tasks import make_partitions, rescore
from tests import make
from tests import make_scores as made
from tests.make_scores import did, points

MONDAY = make.MONDAY_9AM
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SILENT = {"field": "last_seen", "op": "older_than", "value": 30}
TITLED = {"field": "title", "op": "contains", "value": "chief"}


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


def test_a_card_for_judging_has_the_same_lines_without_the_words():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(), 10, label="Visits"))
    did(lead)

    card = scoring.cards_of([lead.pk], sheet, MONDAY, noted=False)[lead.pk]

    assert [(line.label, line.note, line.points) for line in card.lines] == [("Visits", "", 10)]


def test_what_machines_did_stands_on_the_card_and_earns_nothing():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(Kind.CLICK), 10))
    did(lead, Kind.CLICK, times=40, grade=Grade.MACHINE)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.note, line.points) for line in card.lines] == [
        ("40 times, without enough evidence of a person", 0)
    ]


def test_what_the_cap_of_a_group_takes_away_is_a_line_of_its_own():
    lead, visits, opens = make.lead(), made.signal(), made.signal(Kind.OPEN)
    rules = made.group(made.rule(visits, 10, label="Visits"), made.rule(opens, 5, label="Opens"), name="Both")
    sheet = made.sheet(*rules, made.rule({}, 7, label="Everybody"))
    did(lead, times=4)
    did(lead, Kind.OPEN, times=2)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.label, line.points) for line in card.lines] == [
        ("Visits", 40), ("Opens", 10), ("Everybody", 7), ("Both together at most 30", -20),
    ]  # fmt: skip
    assert card.total == points(lead, sheet) == 37


def test_likely_evidence_earns_so_much_and_what_a_person_confirmed_comes_on_top():
    lead = make.lead()
    sure = made.signal(least_grade=Grade.HUMAN)
    sheet = made.sheet(made.rule(made.signal(), 10), made.rule(sure, 50), likely_cap=15)
    did(lead, times=2)
    did(lead, grade=Grade.HUMAN)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.label, line.points) for line in card.lines][2:] == [
        ("Likely evidence together at most 15", -5)
    ]
    assert card.total == 75


def test_the_grade_of_each_event_decides_and_not_the_rule_that_counts_it():
    sheet = made.sheet(made.rule(made.signal(), 10), likely_cap=15)
    likely, certain = make.lead(), make.lead()
    did(likely, times=4)
    did(certain, times=4, grade=Grade.HUMAN)

    assert [points(lead, sheet) for lead in (likely, certain)] == [15, 40]


def test_one_likely_event_earns_so_much_and_what_machines_did_nothing():
    lead = make.lead()
    sheet = made.sheet(made.rule(made.signal(), 10, label="Visits"), likely_each=4)
    for grade, times in ((Grade.MACHINE, 5), (Grade.LIKELY, 2), (Grade.HUMAN, 1)):
        did(lead, times=times, grade=grade)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.note, line.points) for line in card.lines] == [
        ("3 times, 10 each, the last on 16 Nov 2026, 2 only likely, 4 each", 18)
    ]


def test_a_card_says_what_one_likely_event_earned():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(), 10), likely_each=4)
    did(lead)

    card = scoring.card(lead, sheet, MONDAY)

    assert [(line.note, line.points) for line in card.lines] == [("4 on 16 Nov 2026, 1 only likely", 4)]


def test_a_unit_that_is_confirmed_later_earns_the_rest():
    lead = make.lead()
    sheet = made.sheet(made.rule(made.signal(unit=Signal.Unit.PER_OBJECT), 10), likely_each=4)

    seen = []
    for grade in (Grade.LIKELY, Grade.LIKELY, Grade.HUMAN, Grade.HUMAN):
        did(lead, grade=grade, about="/prices/")
        seen.append(points(lead, sheet))

    assert seen == [4, 4, 10, 10]


def test_certain_evidence_never_counts_for_more_than_all_evidence_does():
    lead, signal = make.lead(), made.signal(unit=Signal.Unit.ONCE, half_life_days=30)
    sheet = made.sheet(made.rule(signal, 100), likely_each=40)

    did(lead, days_ago=60)
    did(lead, grade=Grade.HUMAN)

    assert points(lead, sheet) == 25


def test_certain_evidence_is_counted_by_itself_only_where_a_sheet_asks():
    signal = made.signal(half_life_days=30)

    made.sheet(made.rule(signal, 10))
    before = Signal.objects.count()
    made.sheet(made.rule(signal, 10), likely_cap=15)
    made.sheet(made.rule(signal, 20), likely_each=5)

    assert (before, Signal.objects.filter(least_grade=Grade.HUMAN, half_life_days=30).count()) == (1, 1)


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


def test_a_wide_gap_in_the_numbers_of_leads_costs_no_chunks(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 2)
    first = make.lead().pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('leads_lead_id_seq', %s)", [first + 1_000_000])
    later = [make.lead().pk for _ in range(3)]

    chosen = [(chunk["after"], chunk["upto"]) for _, chunk in itertools.islice(scoring.chunks(), 10)]

    assert chosen == [(0, later[0]), (later[0], later[2])]


def test_a_stored_score_is_its_fit_and_its_engagement():
    lead = make.lead(facts={"title": "Chief engineer"})
    visits = made.group(made.rule(made.signal(), 10), cap=20)
    sheet = made.sheet(*visits, made.rule(TITLED, 100), made.rule(SILENT, -50))
    did(lead, times=3)

    scoring.rescore(sheet, MONDAY)

    assert Score.objects.values_list("fit", "engagement", "points").get(lead=lead, sheet=sheet) == (
        100, 20, 120,
    )  # fmt: skip


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
