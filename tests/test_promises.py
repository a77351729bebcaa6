"""What the database refuses: each promise of handoff is broken here once, and answers by its name.

Names of triggers are cut to 47 characters by the library; the error carries the whole sentence.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from handoff import agreements
from handoff.models import (
    Agreement,
    Decision,
    Escalation,
    Handoff,
    Offer,
    Opportunity,
    Reversal,
    Signature,
    Verdict,
)
from tests import make
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
AT, LATER = MONDAY_9AM, MONDAY_9AM + timedelta(hours=1)
#: Not a promise but a bell: tests of the live inbox hear it.
BELLS = {"an_open_inbox_hears_of_every_offer"}


def draft(**details):
    made = agreements.standard_draft(make.team(), at=AT)
    return Agreement.objects.filter(pk=made.pk).update(**details) and made if details else made


def accepted():
    handoff = make.handoff()
    handoff.accept(by=handoff.open_offer.user, seen=0, at=LATER)
    return handoff


def again(row, **changed):
    """The same row once more, with something changed."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    fields.pop("public_id", None)
    return type(row).objects.create(**{**fields, **changed})


def offer():
    return make.handoff().open_offer


def late():
    return Escalation.objects.create(offer=offer(), level=1, told=None, at=LATER)


def opportunity(**details):
    return Opportunity.objects.create(lead=make.lead(), name="Pumps", at=AT, known_at=AT, **details)


def signature(made=None, **details):
    made = made or draft()
    details = {"side": "marketing", "user": make.marketing_manager(), **details}
    return Signature.objects.create(agreement=made, content_hash=made.content_hash, at=AT, **details)


def both_sides_by_one_person():
    first = signature()
    again(first, side="sales")


def another_text_was_signed():
    made = draft()
    signature(made)
    Signature.objects.create(
        agreement=made, side="sales", user=make.sales_manager(), content_hash="other", at=AT
    )
    Agreement.objects.filter(pk=made.pk).update(state="in_force", in_force_from=AT)


def decided_twice():
    handoff = accepted()
    again(Decision.objects.get(handoff=handoff), round=5)


def decided_twice_in_a_round():
    handoff = accepted()
    handoff.undo(by=handoff.rep, at=LATER)
    again(Decision.objects.get(handoff=handoff))


def reversal():
    handoff = accepted()
    handoff.undo(by=handoff.rep, at=LATER)
    return Reversal.objects.get()


def verdict():
    return Verdict.objects.create(
        lead=make.lead(), agreement=draft(), outcome="ready", score=1, inputs={}, readings=[], lines=[], at=AT
    )


def update(row, **changed):
    type(row).objects.filter(pk=row.pk).update(**changed)


ILLEGAL = {
    "one_agreement_per_team_and_number": lambda: again(draft()),
    "one_version_in_force_per_team": lambda: again(make.agreement(), number=2),
    "in_force_if_and_only_if_since_an_instant": lambda: draft(in_force_from=AT),
    "an_agreement_in_force_has_two_signatures_over_one_hash": another_text_was_signed,
    "signed_agreements_dont_change": lambda: update(make.agreement(), terms={}),
    "agreements_only_move_forward": lambda: update(make.agreement(), state="draft", in_force_from=None),
    "one_signature_per_side_and_content": lambda: again(signature(), user_id=make.user().pk),
    "nobody_signs_for_both_sides": both_sides_by_one_person,
    "signatures_are_never_changed": lambda: update(signature(), side="sales"),
    "one_open_handoff_per_lead": lambda: again(make.handoff()),
    "accepted_if_and_only_if_a_rep": lambda: update(make.handoff(), state="accepted", closed_at=LATER),
    "a_handoff_is_open_until_it_closes": lambda: update(make.handoff(), closed_at=LATER),
    "an_early_handoff_has_an_exception_code": lambda: update(make.handoff(), trigger="exception"),
    "handoffs_only_move_forward": lambda: update(accepted(), state="open", rep=None, closed_at=None),
    "one_open_offer_per_handoff": lambda: again(offer()),
    "deadline_after_offer": lambda: update(offer(), due_at=AT),
    "an_offer_is_open_until_it_ends": lambda: update(offer(), ended_at=LATER),
    "one_decision_per_handoff_and_round": decided_twice_in_a_round,
    "a_rejection_has_a_reason": lambda: Decision.objects.create(
        handoff=(one := offer()).handoff,
        offer=one,
        by=one.user,
        round=0,
        outcome="rejected",
        at=AT,
        known_at=AT,
    ),
    "decisions_are_never_changed": lambda: Decision.objects.filter(handoff=accepted()).update(round=9),
    "at_most_one_unreversed_decision_per_handoff": decided_twice,
    "reversals_are_never_changed": lambda: update(reversal(), at=AT),
    "one_escalation_per_offer_and_level": lambda: again(late()),
    "escalations_are_never_changed": lambda: update(late(), level=2),
    "one_opportunity_per_outside_id": lambda: again(opportunity(outside_id="7"), name="Other"),
    "an_opportunity_is_open_until_it_ends": lambda: opportunity(state="won"),
    "verdicts_are_never_changed": lambda: update(verdict(), score=2),
}


def commit(write):
    """Write it and check what waits for the end of a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        write()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("sentence", ILLEGAL)
def test_the_database_refuses(sentence):
    with pytest.raises(IntegrityError) as refused:
        commit(ILLEGAL[sentence])

    assert refused.value.__cause__.diag.constraint_name == sentence


@pytest.mark.parametrize("ledger", [Signature, Decision, Reversal, Escalation, Verdict])
def test_what_happened_is_not_deleted(ledger):
    make_one = {
        Signature: signature, Reversal: reversal, Escalation: late, Verdict: verdict,
        Decision: lambda: Decision.objects.get(handoff=accepted()),
    }[ledger]  # fmt: skip
    row = make_one()

    with pytest.raises(IntegrityError, match="are never changed"), transaction.atomic():
        ledger.objects.filter(pk=row.pk).delete()


def test_every_promise_of_handoff_is_tried_here():
    promised = set()
    for model in apps.get_app_config("handoff").get_models():
        promised |= {one.name for one in model._meta.constraints}
        promised |= {one.name for one in getattr(model._meta, "triggers", [])}

    assert promised - BELLS == {sentence if sentence in promised else sentence[:47] for sentence in ILLEGAL}


def test_an_undone_handoff_is_open_again_and_only_that_way():
    handoff = accepted()

    handoff.undo(by=handoff.rep, at=LATER)

    assert Handoff.objects.get().state == "open"
    assert [one.outcome for one in Offer.objects.order_by("pk")] == ["withdrawn", ""]
