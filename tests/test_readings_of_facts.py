"""What is known of leads is read alike by history, tallies, stored scores, drafts and the obvious reading."""

import copy
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import scoring, whatif
from leads.models import Field
from tests import make_scores as made
from tests.obvious import SILENT, obvious, scored, shown
from tests.stories import TOLD, TRIES, stories, tell

pytestmark = pytest.mark.django_db
#: Each of these stories is told, scored, drafted and told by hand: half as many do in the small run.
TRIED = TRIES if TRIES > 100 else TRIES // 2

#: What is known of a lead, well written or not, and several questions about the same field.
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Chief engineer", "CHIEF", "Geschäftsführer", "", 7]),
        "size": st.sampled_from([0, 200, 199.5, "200.00", "many", True, 10**45]),
        "renewal": st.sampled_from(["2026-11-16", "2026-12-31", "2027-02-30", "2026-11-15T23:30:00Z", 5]),
    },
)
ASKED = [
    {"field": "title", "op": "contains", "value": "chief"},
    {"field": "title", "op": "is", "value": "GESCHÄFTSFÜHRER"},
    {"not": {"field": "title", "op": "known"}},
    {"field": "size", "op": "at_least", "value": 200},
    {"field": "size", "op": "between", "value": [0, 199.5]},
    {"field": "renewal", "op": "within_next", "value": 30},
    {"any": [{"field": "renewal", "op": "before", "value": "2026-12-01"}, {"field": "size", "op": "known"}]},
    {"field": "last_seen", "op": "within_last", "value": 3},
    SILENT,
]


def known_of(leads, data):
    """Fields about leads, and what these leads say."""
    for key, kind in (("size", "number"), ("renewal", "date")):
        Field.objects.get_or_create(key=key, defaults={"label": key, "type": kind})
    for lead in leads:
        lead.facts = data.draw(FACTS)
        lead.save(update_fields=["facts"])


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIED, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_all_readings_agree_on_what_is_known_asked_ever_so_often(story, data):
    with transaction.atomic():
        signals, leads = tell(story)
        known_of(leads, data)
        asked = data.draw(st.lists(st.sampled_from(ASKED), min_size=1, max_size=12))
        sheet = made.sheet(
            made.rule(signals[0], 10), *(made.rule(tree, 2**n) for n, tree in enumerate(asked))
        )
        rules, at = scoring.rules_of(sheet), TOLD + data.draw(st.integers(0, 400)) * timedelta(hours=6)
        told = obvious(rules, leads, at)
        sums = {lead: sum(points.values()) for lead, points in told.items()}
        scoring.rescore(sheet, at)

        history = scoring.lines_as_of(rules, at=at, as_of=False, lead_ids=list(told))
        cards = scoring.cards_of(list(told), sheet, at, noted=False)
        effect = whatif.on_a_sample(rules[: data.draw(st.integers(0, len(rules)))], rules, at=at)

        assert {lead: history.get(lead, {}) for lead in told} == told
        assert {lead: shown(card) for lead, card in cards.items()} == told
        assert dict(sheet.scores.values_list("lead", "points")) == sums
        assert effect.after == Counter(sums.values())
        transaction.set_rollback(True)


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIED, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_what_a_draft_would_change_is_what_saving_it_changes(story, data):
    with transaction.atomic():
        sheet, leads = scored(story, data)
        rules, at = scoring.rules_of(sheet), TOLD + data.draw(st.integers(0, 400)) * timedelta(hours=6)
        draft = [copy.copy(rule) for rule in rules]
        for rule in data.draw(st.lists(st.sampled_from(draft), max_size=3)):
            rule.points, rule.cap = data.draw(st.sampled_from([(20, None), (-5, 9), (1, 1)]))
        mark = data.draw(st.integers(-60, 120))

        effect = whatif.on_a_sample(rules, draft, at=at, marks=[mark])
        before = scoring.scores_of([lead.pk for lead in leads], sheet, at)
        for rule in draft:
            rule.save()
        after = scoring.scores_of([lead.pk for lead in leads], sheet, at)

        assert (effect.before, effect.after) == (Counter(before.values()), Counter(after.values()))
        assert effect.up(mark).leads == tuple(one for one in before if before[one] < mark <= after[one])
        assert effect.down(mark).leads == tuple(one for one in before if after[one] < mark <= before[one])
        transaction.set_rollback(True)
