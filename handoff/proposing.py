"""How the agreement that covers a lead would rate it."""

from collections.abc import Iterable
from datetime import datetime

from handoff import agreements
from handoff.considering import under_which
from handoff.judging import LeadFacts
from handoff.terms import proposing
from leads.models import Lead
from leads.proposing import Proposed, proposes
from leads.vocabulary import facts_of


@proposes
def by_agreement(lead: Lead, at: datetime) -> Iterable[Proposed]:
    """From the facts as judging reads them; nothing where no agreement has rules for ratings."""
    held = agreements.in_force()
    if not any(under.terms.ratings.proposals for under in held):
        return []
    values = LeadFacts.freeze(facts_of([lead.pk], at=at)[lead.pk]).values
    under = under_which(held, values, at)
    if under is None:
        return []
    terms = under.terms
    found = terms.ratings.proposed(values, terms.vocabulary, at=at, zone=terms.hours.time_zone)
    return [Proposed(key, one.value, proposing.why(one, terms)) for key, one in found.items()]
