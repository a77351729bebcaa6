"""The nouns of handoff: what both teams promised, what was passed to whom, and what sales answered."""

from handoff.models.agreement import Agreement, Signature
from handoff.models.handoff import Decision, Escalation, Handoff, Offer, Reversal, Trigger
from handoff.models.opportunity import Opportunity
from handoff.models.verdict import Verdict

__all__ = [
    "Agreement", "Decision", "Escalation", "Handoff", "Offer", "Opportunity", "Reversal", "Signature",
    "Trigger", "Verdict",
]  # fmt: skip
