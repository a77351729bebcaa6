"""A mail gateway follows everything in every mail: it earns nothing, and people among it earn theirs."""

import os
import random
import uuid
from datetime import timedelta

import pytest

from handoff import considering
from handoff.models import Handoff
from leads import activities, following, scoring, sheets, visitors
from leads.activities import Event
from leads.models import Consent, Kind, Lead, Suppression, Tally
from leads.senders import Sender
from nurture.clicks import notice_look, record_click
from tests import make
from tests.sending import BROWSER, sent_to

SENT = make.MONDAY_9AM
SECOND = timedelta(seconds=1)
MAILS, PEOPLE = (500, 50) if os.environ.get("LONG") else (100, 10)
pytestmark = pytest.mark.django_db


def requests_of(touch, chance):
    """What a gateway asks of one mail: every address by HEAD and by GET, within ten seconds, in any order."""
    begun = SENT + chance.uniform(30, 290) * SECOND
    asked = [(address, looked) for address in (0, 1, 2, "out", "out") for looked in (True, False)]
    for address, looked in asked:
        yield begun + chance.uniform(0, 10) * SECOND, touch, address, looked


def ask(touch, address, sender, at):
    """Whoever visits runs the script of the page as well, on a browser that is new each time."""
    if address == "out":
        notice_look(touch, sender, at=at)
        return
    knock = record_click(touch, address, sender, at=at)
    if not sender.looked:
        browser = uuid.uuid4()
        following.arrive(browser, touch.lead, knock.pk, hands=False, at=at)
        page = Event(visitors.hold(browser, at).pk, Kind.VISIT, at, f"visit.{browser}", about="/pumps/")
        activities.record([page], known_at=at)


def scores(touches, sheet, at):
    found = scoring.scores_of([touch.lead_id for touch in touches], sheet, at)
    return [found[touch.lead_id] for touch in touches]


@pytest.mark.timeout(300 if MAILS < 500 else 1800)
def test_a_gateway_qualifies_nobody_and_the_people_among_it_all_count():
    """One click alone would pass a lead here: of those whom only the gateway knows, none is passed."""
    make.agreement(clauses=[{"trigger": "score", "minutes": 240, "threshold": 10}])
    make.rep()
    sheet, chance = sheets.standard("Standard", at=SENT), random.Random(1)
    touches = sent_to([make.lead(at=SENT) for _ in range(MAILS)], at=SENT)
    people = touches[:PEOPLE]

    arriving = sorted(
        (one for touch in touches for one in requests_of(touch, chance)), key=lambda one: one[0]
    )
    for at, touch, address, looked in arriving:
        place = f"40.107.{chance.randrange(3)}.{chance.randrange(250)}"
        ask(touch, address, Sender(place, BROWSER, looked), at)
    evening = SENT + timedelta(hours=9)
    for number, touch in enumerate(people):
        at = SENT + timedelta(hours=1) + number * 70 * SECOND
        ask(touch, number % 3, Sender(f"81.2.{number}.7", BROWSER), at)
    considering.consider([touch.lead_id for touch in touches], evening)

    assert scores(touches[PEOPLE:], sheet, evening) == [0] * (MAILS - PEOPLE)
    assert [points > 0 for points in scores(people, sheet, evening)] == [True] * PEOPLE
    passed = set(Handoff.objects.values_list("lead", flat=True))
    assert passed == {touch.lead_id for touch in people}
    assert (Consent.objects.count(), Suppression.objects.count()) == (0, 0)
    assert Lead.objects.exclude(refused=[]).count() == 0
    assert Tally.objects.filter(last_human_at=None).count() == MAILS - PEOPLE
