"""What the database refuses of handoff."""

from handoff import agreements
from handoff.models import Decision, Escalation, Opportunity, Reversal, Signature, Verdict
from tests import make
from tests.promises.breaking import AT, LATER, Ledger, again, settled, update


def draft():
    return agreements.standard_draft(make.team(), at=AT)


def signed():
    made = draft()
    signature(made)
    signature(made, side="sales", user=make.sales_manager())
    return made


def agreed():
    made = signed()
    update(made, state="signed")
    return settled(made)


def signed_by_nobody():
    made = draft()
    update(made, state="signed")
    return made


def signed_by_one():
    made = draft()
    signature(made)
    update(made, state="signed")


def another_version_in_force():
    first = make.agreement()
    second = again(first, number=2)
    for signature in first.signatures.all():
        again(signature, agreement_id=second.pk)


def accepted():
    handoff = make.handoff()
    handoff.accept(by=handoff.open_offer.user, seen=0, at=LATER)
    return handoff


def decision():
    return Decision.objects.get(handoff=accepted())


def offer():
    return make.handoff().open_offer


def late():
    return Escalation.objects.create(offer=offer(), level=1, told=None, at=AT)


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
    update(made, state="in_force", in_force_from=AT)


def reject_without_a_reason():
    one = offer()
    said = {"round": 0, "outcome": "rejected", "at": AT, "known_at": AT}
    Decision.objects.create(handoff=one.handoff, offer=one, by=one.user, **said)


def decided_twice_in_a_round():
    handoff = accepted()
    handoff.undo(by=handoff.rep, at=LATER)
    again(Decision.objects.get(handoff=handoff))


def reversal():
    handoff = accepted()
    handoff.undo(by=handoff.rep, at=LATER)
    return Reversal.objects.get()


def verdict():
    said = {"outcome": "ready", "score": 1, "inputs": {"score": 1}, "readings": [], "lines": []}
    return Verdict.objects.create(lead=make.lead(), agreement=draft(), at=AT, **said)


ILLEGAL = {
    "one_agreement_per_team_and_number": lambda: again(draft()),
    "one_version_in_force_per_team": another_version_in_force,
    "in_force_if_and_only_if_since_an_instant": [
        lambda: update(signed(), in_force_from=AT),
        lambda: update(draft(), state="in_force"),
    ],
    "an_agreement_in_force_has_two_signatures_over_one_hash": another_text_was_signed,
    "a_signed_agreement_has_two_signatures_over_one_hash": [signed_by_nobody, signed_by_one],
    "signed_agreements_dont_change": [
        lambda: update(make.agreement(), terms={}),
        lambda: update(agreed(), number=9),
    ],
    "agreements_only_move_forward": lambda: update(make.agreement(), state="draft", in_force_from=None),
    "one_signature_per_side_and_content": lambda: again(signature(), user_id=make.user().pk),
    "nobody_signs_for_both_sides": both_sides_by_one_person,
    "one_open_handoff_per_lead": lambda: again(make.handoff()),
    "accepted_if_and_only_if_a_rep": [
        lambda: update(make.handoff(), state="accepted", closed_at=LATER),
        lambda: update(make.handoff(), rep=make.rep()),
    ],
    "a_handoff_is_open_until_it_closes": [
        lambda: update(make.handoff(), closed_at=LATER),
        lambda: update(make.handoff(), state="withdrawn"),
    ],
    "an_early_handoff_has_an_exception_code": lambda: update(make.handoff(), trigger="exception"),
    "handoffs_only_move_forward": lambda: update(accepted(), state="open", rep=None, closed_at=None),
    "one_open_offer_per_handoff": lambda: again(offer()),
    "deadline_after_offer": lambda: update(offer(), due_at=AT),
    "an_offer_is_open_until_it_ends": [
        lambda: update(offer(), ended_at=LATER),
        lambda: update(offer(), outcome="withdrawn"),
    ],
    "one_decision_per_handoff_and_round": decided_twice_in_a_round,
    "a_rejection_has_a_reason": reject_without_a_reason,
    "at_most_one_unreversed_decision_per_handoff": lambda: again(decision(), round=5),
    "one_escalation_per_offer_and_level": lambda: again(late()),
    "one_opportunity_per_outside_id": lambda: again(opportunity(outside_id="7"), name="Other"),
    "an_opportunity_is_open_until_it_ends": [
        lambda: opportunity(state="won"),
        lambda: opportunity(ended_at=AT),
    ],
}
LEDGERS = {
    "signatures_are_never_changed": Ledger(signature),
    "decisions_are_never_changed": Ledger(decision, erasable={"feedback": ""}),
    "reversals_are_never_changed": Ledger(reversal),
    "escalations_are_never_changed": Ledger(late),
    "verdicts_are_never_changed": Ledger(verdict, erasable={"inputs": {}}),
}
