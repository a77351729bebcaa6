"""Taking the points of a newer score sheet up into the text that both sides sign."""

from datetime import datetime

from django.db import transaction

from handoff import agreements
from handoff.models import Agreement
from handoff.terms.standard import sheet_terms
from leads.models import ScoreSheet
from people.models import User


def newer_sheet(agreement: Agreement) -> ScoreSheet | None:
    """The newest version of the agreement's sheet, where it gives other points than the text says."""
    if agreement.sheet is None or agreement.state == Agreement.State.SUPERSEDED:
        return None
    newest = ScoreSheet.objects.filter(name=agreement.sheet.name).order_by("-number").first()
    return newest if newest and sheet_terms(newest) != agreement.terms["sheet"] else None


@transaction.atomic
def take_up(agreement: Agreement, sheet: ScoreSheet, *, at: datetime, by: User) -> Agreement:
    """A draft with the points of this sheet: the draft itself, or the next version of what is signed."""
    terms = {**agreement.terms, "sheet": sheet_terms(sheet)}
    if agreement.state != Agreement.State.DRAFT:
        return agreements.draft(agreement.team, terms, sheet=sheet, at=at, by=by)
    agreements.edit(agreement, terms)
    Agreement.objects.filter(pk=agreement.pk).update(sheet=sheet)
    return agreement
