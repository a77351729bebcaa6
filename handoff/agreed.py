"""What agreements say of a score sheet, told to the pages of sheets."""

from collections.abc import Iterator

from handoff import agreements
from handoff.models import Agreement
from leads.agreed import Agreed, tells


@tells
def of_agreements(name: str) -> Iterator[Agreed]:
    """Every agreement on a version of the sheet but those that are history."""
    held = Agreement.objects.filter(sheet__name=name).exclude(state=Agreement.State.SUPERSEDED)
    for one in held.select_related("team"):
        terms = agreements.terms_of(one)
        score, criteria = terms.clause("score"), terms.clause("criteria")
        yield Agreed(
            title=str(one),
            url=one.get_absolute_url(),
            state=one.get_state_display(),
            in_force=one.state == Agreement.State.IN_FORCE,
            sheet_id=one.sheet_id,
            line=score.threshold if score else None,
            needed=criteria.needed if criteria else None,
        )
