"""What tests of the one door share: arrivals, files that brought them, and what became of them."""

from datetime import timedelta

from leads import custody
from leads.intake import Arrival, admit
from leads.models import Import, Lead, Stage
from tests.make import MONDAY_9AM

HOUR = timedelta(hours=1)


def arrive(*arrivals, at=MONDAY_9AM, **shared):
    return admit([Arrival(**one) for one in arrivals], at=at, **shared)


def counts(admission):
    return admission.created, admission.updated, admission.unchanged, len(admission.refusals)


def a_file(name="fair.csv"):
    return Import.objects.create(name=name, at=MONDAY_9AM)


def close(lead, at=MONDAY_9AM):
    Lead.objects.move([lead], Stage.DISQUALIFIED, trigger="No budget", at=at)
    custody.close([lead], cause="no budget", at=at)
