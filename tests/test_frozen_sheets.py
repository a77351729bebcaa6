"""What was signed stays: a frozen sheet never changes, and nobody signs points that have changed since."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from handoff import agreements, points
from handoff.models import Agreement
from handoff.terms import Terms
from handoff.terms.standard import sheet_terms
from handoff.terms.words import shared_caps
from leads import editing, scoring
from leads.lists.terms import shown_sheet
from leads.models import Score, ScoreRule, ScoreSheet
from tests import make
from tests import make_scores as made

AT = make.MONDAY_9AM
pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def frozen():
    held = made.group(made.rule({}, 10, label="One"), made.rule({}, 20, label="Two"))
    sheet = made.sheet(*held)
    ScoreSheet.objects.filter(pk=sheet.pk).update(frozen_at=AT)
    return sheet


def test_rules_can_be_removed_from_a_draft_and_from_nothing_else():
    draft, signed = made.sheet(made.rule({})), frozen()

    draft.rules.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        signed.rules.all().delete()

    assert (draft.rules.count(), signed.rules.count()) == (0, 2)


def test_a_sheet_is_frozen_by_the_second_signature():
    draft = agreements.standard_draft(make.team(), at=AT)

    agreements.sign(draft, make.marketing_manager(), AT)
    before = ScoreSheet.objects.get().frozen_at
    agreements.sign(draft, make.sales_manager(), AT)

    assert (before, ScoreSheet.objects.get().frozen_at) == (None, AT)


def test_nobody_signs_a_text_whose_points_have_changed_since():
    draft = agreements.standard_draft(make.team(), at=AT)
    rule = draft.sheet.rules.first()
    ScoreRule.objects.filter(pk=rule.pk).update(points=rule.points + 1)

    with pytest.raises(agreements.Refused):
        agreements.sign(draft, make.marketing_manager(), AT)


def test_the_points_of_the_next_version_are_drafted_signed_and_shown_in_lists(client):
    held = make.agreement()
    second = editing.save(held.sheet, scoring.rules_of(held.sheet)[:2], seen=0, at=AT)
    client.force_login(make.marketing_manager())

    answer = client.post(reverse("draft_points", args=[held.public_id]))
    draft = Agreement.objects.get(state="draft")
    for signer in (make.marketing_manager(), make.sales_manager(team=held.team)):
        agreements.sign(draft, signer, AT)
    agreements.enforce(draft, AT)

    assert answer.headers["Location"] == draft.get_absolute_url()
    assert (draft.sheet, len(draft.terms["sheet"]["rules"])) == (second, 2)
    assert shown_sheet() == second
    assert {**draft.terms, "sheet": 0, "words": 0} == {**held.terms, "sheet": 0, "words": 0}


def test_a_draft_takes_changed_points_up_and_its_signatures_are_void():
    draft = agreements.standard_draft(make.team(), at=AT)
    agreements.sign(draft, make.marketing_manager(), AT)
    ScoreRule.objects.filter(sheet=draft.sheet).update(points=7)

    points.take_up(draft, points.newer_sheet(draft), at=AT, by=make.marketing_manager())

    assert {rule["points"] for rule in draft.terms["sheet"]["rules"]} == {7}
    assert agreements.valid_signatures(draft) == {}


def test_what_is_shared_by_rules_stands_in_the_text_that_is_signed():
    held = made.group(made.rule({}, 10, label="One"), made.rule({}, 20, label="Two"), name="Both")
    sheet, team = made.sheet(*held, likely_cap=40, likely_each=5), make.team()
    draft = agreements.standard_draft(team, at=AT)
    terms = {**draft.terms, "sheet": sheet_terms(sheet)}

    says = list(shared_caps(Terms.parse(terms)))

    assert says == [
        "Both (One, Two) earn at most 30 points together.",
        "What was only likely done by a person earns at most 5 points each time.",
        "All that was only likely done by a person earns at most 40 points.",
    ]


def test_scores_of_before_are_made_whole_by_the_next_pass():
    sheet, lead = made.sheet(made.rule({}, 10)), make.lead()
    Score.objects.create(lead=lead, sheet=sheet, points=10, at=AT)

    written = scoring.rescore(sheet, AT)

    assert (written, Score.objects.values_list("points", "fit", "engagement").get()) == (1, (10, 10, 0))
