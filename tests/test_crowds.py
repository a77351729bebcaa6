"""Lines sum to the score for thousands of random histories, at random instants, whatever the order of events.

A round tells many histories at once, so that ten thousand take minutes; what fails names its round.
"""

import os
import random
from datetime import timedelta

import pytest
from django.db import transaction

from leads import activities, scoring
from leads.models import Lead, Score
from tests import crowds
from tests.obvious import obvious, shown
from tests.stories import MONDAY, TOLD
from tests.test_tallies import readings

#: Rounds of a hundred histories each: 10,000 in the long run.
ROUNDS = 100 if os.environ.get("LONG") else 2
LONG_ENOUGH = 7200 if os.environ.get("LONG") else 300
pytestmark = [pytest.mark.django_db, pytest.mark.engine, pytest.mark.timeout(LONG_ENOUGH)]
QUARTER = timedelta(hours=6)


def rounds():
    """Random numbers for each round, whose rows are gone after it."""
    for number in range(ROUNDS):
        with transaction.atomic():
            yield number, random.Random(number)
            transaction.set_rollback(True)


def test_history_tallies_and_the_obvious_reading_agree_and_lines_sum_to_the_score():
    everybody = crowds.leads()
    ids = [lead.pk for lead in everybody]

    for number, chance in rounds():
        sheet = crowds.sheet(chance)
        crowds.tell(chance, everybody)
        leads = list(Lead.objects.filter(pk__in=ids))  # who was merged has changed
        rules, moved = scoring.rules_of(sheet), readings(leads)
        for at in sorted(TOLD + chance.randint(0, 400) * QUARTER for _ in range(3)):
            told = obvious(rules, leads, at)
            history = scoring.lines_as_of(rules, at=at, lead_ids=ids)
            cards = scoring.cards_of(ids, sheet, at, noted=False)
            sums = {lead: sum(points.values()) for lead, points in told.items()}
            assert {lead: history.get(lead, {}) for lead in told} == told, f"round {number} at {at}"
            assert {lead: shown(card) for lead, card in cards.items()} == told, f"round {number} at {at}"
            assert scoring.scores_of(ids, sheet, at) == sums
            scoring.rescore(sheet, at)
            stored = dict(Score.objects.filter(sheet=sheet).values_list("lead", "points"))
            assert stored == {lead.pk: sums[lead.pk] for lead in leads if not lead.merged_into_id}
        activities.rebuild(ids)
        assert moved == readings(leads), f"round {number}"


def test_history_tells_the_lines_of_any_earlier_instant_of_a_crowd():
    leads = crowds.leads()

    for number, chance in rounds():
        sheet = crowds.sheet(chance)
        crowds.live(chance, leads)
        rules = scoring.rules_of(sheet)
        for at in (MONDAY + chance.randint(-170, 170) * QUARTER for _ in range(3)):
            told = {lead: found for lead, found in obvious(rules, leads, at).items() if found}
            assert scoring.lines_as_of(rules, at=at) == told, f"round {number} at {at}"
