"""What handoff does when leads change, and when somebody asks to talk to sales."""

from collections.abc import Collection
from datetime import datetime

from django.dispatch import receiver

from handoff import agreements, consulting, tasks
from leads.models import Lead
from leads.signals import consultation_requested, lead_changed
from people.doorbell import ring
from people.founding import founded
from people.models import Team, User

A_FEW = 200  # more than these travel as one wake-up without content


@receiver(lead_changed)
def judge_soon(sender, *, lead_ids: Collection[int], at: datetime, **kwargs) -> None:
    """Ask a worker to look after the commit; the sweep finds whatever a lost message left behind."""
    if len(lead_ids) <= A_FEW:
        ring(tasks.consider_leads, sorted(lead_ids), queue="scores")
    else:
        ring(tasks.consider_due, queue="scores")


@receiver(consultation_requested)
def hand_over_at_once(sender, *, lead: Lead, preferred_times: str, words: str, at: datetime, **kwargs):
    """The one receiver: in the transaction of the request, whatever else is going on."""
    return consulting.consult(lead, preferred_times=preferred_times, words=words, at=at)


@receiver(founded)
def lay_out_an_agreement(sender, *, sales: Team, by: User, at: datetime, **kwargs) -> None:
    """A new company starts from the standard promises, unsigned, to be read and argued about."""
    agreements.standard_draft(sales, at=at, by=by)
