"""What comes next for many leads at once: the same as for each alone, in as many statements as for one."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import custody
from leads.models import Custodian, Custody
from nurture.models import Touch
from nurture.planning import plan_next
from people.models import Side
from tests import make
from tests.engine import LATER, enrolled

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def passed(leads):
    """Their first touches were made."""
    Touch.objects.filter(lead__in=leads).update(state="claimed", token=uuid.uuid4(), lease_until=LATER)
    Touch.objects.filter(lead__in=leads).update(state="sending")
    Touch.objects.filter(lead__in=leads).update(state="sent", sent_at=LATER)
    return list(Touch.objects.filter(lead__in=leads).order_by("pk"))


def waiting(leads):
    found = Touch.objects.filter(lead__in=leads, state="due").order_by("lead")
    return list(found.values_list("lead", "step__name", "due_at"))


def test_each_gets_what_comes_next_on_their_own_track():
    short, long = make.track(name="Short", steps=[(0, "email")]), make.track(name="Long")
    done = enrolled("a@x.example", "b@x.example", track=short)
    on = enrolled("c@x.example", "d@x.example", track=long)

    plan_next(passed([*done, *on]), at=LATER)

    assert waiting([*done, *on]) == [(lead.pk, "Step 2", LATER + timedelta(days=3)) for lead in on]
    held = Custody.objects.order_by("lead").values_list("lead", "next_action", "reason")
    assert list(held) == [
        *((lead.pk, "review", "Finished Short") for lead in done),
        *((lead.pk, "touch", "Long: Step 2") for lead in on),
    ]


def test_a_day_is_counted_in_each_leads_own_zone():
    track = make.track(steps=[(0, "email"), (1, "email")])
    oslo = enrolled("a@x.example", track=track, time_zone="Europe/Oslo")
    nuuk = enrolled("b@x.example", track=track, time_zone="America/Nuuk")

    plan_next(passed([*oslo, *nuuk]), at=LATER)

    assert len({due_at for _lead, _name, due_at in waiting([*oslo, *nuuk])}) == 2


def test_planning_again_changes_nothing_and_moves_no_other_hand():
    leads = enrolled("a@x.example", "b@x.example")
    touches = passed(leads)
    plan_next(touches, at=LATER)
    rep = Custodian.of(make.rep(), Side.SALES)
    custody.hold([leads[0].pk], rep, next_action="answer", next_action_at=LATER, reason="x", at=LATER)
    before = waiting(leads), list(Custody.objects.order_by("lead").values())

    plan_next(touches, at=LATER + timedelta(days=1))

    assert (waiting(leads), list(Custody.objects.order_by("lead").values())) == before


def test_many_take_no_more_statements_than_one():
    track = make.track()
    counts = []
    for group in (["a@x.example"], [f"b{number}@x.example" for number in range(30)]):
        touches = passed(enrolled(*group, track=track))
        with CaptureQueriesContext(connection) as seen:
            plan_next(touches, at=LATER)
        counts.append(len(seen))

    assert counts[1] == counts[0]
