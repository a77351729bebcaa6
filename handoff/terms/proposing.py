"""The agreed rules for ratings in English."""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from handoff.terms import Terms
from handoff.terms.ratings import Proposal
from leads.conditions import sentence
from leads.models import Rating


@dataclass(frozen=True)
class ProposalText:
    """One row of the table of ratings: what is rated, how, and of whom."""

    criterion: str
    value: int
    when: str


def promise(terms: Terms) -> str:
    """What the rules are good for."""
    told = _(
        "Ratings are proposed by these rules, from what is known. Of each criterion the first that holds"
        " counts, and none is proposed where an earlier one might hold."
    )
    return f"{told} {_counted(terms)}"


def _counted(terms: Terms) -> str:
    if terms.ratings.count:
        return _("Where nobody has rated, what is proposed counts; a person's own rating always goes before.")
    return _("They count once a person takes them over.")


def table(terms: Terms) -> list[ProposalText]:
    """The rules, in the order in which they are tried."""
    return [ProposalText(label(one), one.value, capfirst(why(one, terms))) for one in terms.ratings.proposals]


def label(proposal: Proposal) -> str:
    return str(Rating.Criterion(proposal.criterion).label)


def why(proposal: Proposal, terms: Terms) -> str:
    """The condition, in words."""
    return sentence(proposal.when, terms.vocabulary)
