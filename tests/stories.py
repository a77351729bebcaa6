"""Random stories: signals, and what some leads did, as it arrives: in any order, late, and repeated."""

import os
from datetime import timedelta

from hypothesis import strategies as st

from leads import activities, gradings
from leads.activities import Event
from leads.models import Activity, Burst, Grade, Kind, Rule, Signal
from tests import make
from tests import make_scores as made

MONDAY = make.MONDAY_9AM
#: How many stories a property is tried on; `crowds` are for many at once.
TRIES = 500 if os.environ.get("LONG") else 40
TOLD = MONDAY + timedelta(days=50)
KINDS = [Kind.VISIT, Kind.VISIT, Kind.VISIT, Kind.DOWNLOAD, Kind.SENT]
GRADES = [Grade.LIKELY, Grade.HUMAN, Grade.HUMAN, Grade.MACHINE]

#: Quarters of a day from Monday: often on the same few days, sometimes far away.
QUARTERS = st.one_of(st.integers(-4, 4), st.integers(-160, 160))

signals = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "unit": st.sampled_from(list(Signal.Unit)),
        "half_life_days": st.sampled_from([7, 60, 1, None]),
        "least_grade": st.sampled_from([Grade.LIKELY, Grade.HUMAN]),
        "about_starts": st.sampled_from(["", "", "/a"]),
        "asset_kind": st.sampled_from(["", "", "", "cad"]),
        "window_days": st.sampled_from([None, None, 1, 7, 60]),
    }
)
#: who (a thread), what, when, about what, which asset, how sure
happenings = st.tuples(
    st.integers(0, 2), st.sampled_from(KINDS), QUARTERS,
    st.sampled_from(["", "/a", "/ab", "/b"]), st.sampled_from([None, 0, 1]), st.sampled_from(GRADES),
)  # fmt: skip
#: which activity, when, what grade it is by that word
words = st.tuples(st.integers(0, 24), QUARTERS, st.sampled_from(list(Grade)))


@st.composite
def stories(draw):
    """Signals, numbered happenings in the order of their arrival, how many at a time, and later words."""
    happened = list(
        enumerate(draw(st.lists(happenings, min_size=draw(st.sampled_from([0, 3, 12])), max_size=25)))
    )
    again = draw(st.lists(st.sampled_from(happened), max_size=5)) if happened else []
    arrives = draw(st.permutations(happened + again))
    said = draw(st.lists(words, max_size=6))
    return draw(st.lists(signals, min_size=2, max_size=5)), arrives, draw(st.integers(1, 7)), said


def tell(story, *, as_history=False):
    """Let it happen to two leads, one of whom has two threads; returns the signals and the leads.

    All is learnt at TOLD, batch by batch, or, as history, each when it happened.
    """
    of_signals, arrives, size, said = story
    counted = [made.signal(at=MONDAY - timedelta(days=30), **details) for details in of_signals]
    leads = [make.lead(at=MONDAY - timedelta(days=60)) for _ in range(2)]
    threads = [made.identity(leads[0]), made.identity(leads[0]), made.identity(leads[1])]
    assets = [made.asset(kind="cad"), made.asset(kind="report")]
    events = [_event(threads, assets, *arrival) for arrival in arrives]
    if as_history:
        for event in events:
            activities.record([event], known_at=event.at)
    else:
        for start in range(0, len(events), size):
            activities.record(events[start : start + size], known_at=TOLD)
    regrade(said, as_history=as_history)
    return counted, leads


def regrade(said, *, as_history):
    """What is said of the activities later, in the order of time."""
    keys = list(Activity.objects.order_by("dedupe_key").values_list("id", "at"))
    somebody = make.marketer()
    for which, quarters, grade in sorted(said, key=lambda word: word[1]):
        if keys:
            at = MONDAY + timedelta(hours=6 * quarters) if as_history else TOLD
            burst = Burst.objects.create(rule=Rule.HAND, by=somebody, at=at)
            key = keys[which % len(keys)]
            gradings.release([key], burst, to=grade, by=somebody, why="I know", at=at)


def _event(threads, assets, number, happening):
    who, kind, quarters, about, asset, grade = happening
    at = MONDAY + timedelta(hours=6 * quarters)
    return Event(
        threads[who].pk, kind, at, f"happening {number}", about=about, grade=grade,
        asset_id=None if asset is None else assets[asset].pk,
    )  # fmt: skip
