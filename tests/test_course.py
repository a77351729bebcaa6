"""What comes next on a track with branches: the same walk for the engine and for previews."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from nurture.course import Course, Dated, Stop, Way, following, plan, standing
from nurture.schedule import Station
from nurture.variants import variant_of
from people.clock import WorkingHours

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = WorkingHours.parse({"time_zone": "UTC", "week": {day: [["00:00", "24:00"]] for day in EVERY_DAY}})
UTC_ZONE = ZoneInfo("UTC")
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


def stop(name, *ways, parts=1, wait=1, waits=False):
    """A step with so many parts; or a branch with these ways, which waits for its hour or does not."""
    key = uuid.uuid5(uuid.NAMESPACE_OID, name)
    if ways:
        station = Station(1, key, 0, "wait", name, wait)
        return Stop(key, (station,) if waits else (), ways)
    return Stop(key, tuple(Station(1, key, n, "email", name, wait) for n in range(1, parts + 1)))


def way(name, *stops, when=True, finishes=False):
    return Way(hash(name), name, {"field": name, "op": "is_true"} if when else None, finishes, stops)


def names(course, holds=(), **more):
    """The steps that somebody meets for whom the conditions of these lanes hold."""
    dated = plan(course, MONDAY, UTC_ZONE, ALWAYS, decide=lambda way: way.name in holds, **more)
    return [one.station.name for one in dated]


#: a, then those who clicked get b and c, everybody else d; both join at e.
FORKED = Course((
    stop("a"),
    stop("fork", way("clicked", stop("b"), stop("c")), way("else", stop("d"), when=False)),
    stop("e"),
))  # fmt: skip


def test_a_lead_takes_the_first_lane_whose_condition_holds_and_joins_again():
    assert names(FORKED, {"clicked"}) == ["a", "b", "c", "e"]
    assert names(FORKED) == ["a", "d", "e"]


def test_a_branch_without_a_lane_for_everybody_else_is_passed_by():
    course = Course((stop("a"), stop("fork", way("clicked", stop("b"))), stop("e")))

    assert names(course) == ["a", "e"]


def test_a_lane_may_be_empty_and_a_lane_may_end_the_track():
    skipped = Course((stop("fork", way("done"), way("else", stop("b"), when=False)), stop("e")))
    ended = Course((stop("fork", way("lost", stop("b"), finishes=True)), stop("e")))

    assert names(skipped, {"done"}) == ["e"]
    assert names(ended, {"lost"}) == ["b"]
    assert names(ended) == ["e"]


def test_an_inner_branch_joins_its_own_lane_first():
    inner = stop("inner", way("deep", stop("x"), finishes=False))
    course = Course((stop("fork", way("outer", inner, stop("y"))), stop("z")))

    assert names(course, {"outer", "deep"}) == ["x", "y", "z"]


def test_an_empty_lane_at_the_end_of_one_that_finishes_ends_the_track():
    inner = stop("inner", way("deep"))
    course = Course((stop("fork", way("outer", inner, finishes=True)), stop("z")))

    assert names(course, {"outer", "deep"}) == []


def test_a_branch_that_waits_is_decided_when_its_wait_is_over_and_not_before():
    asked = []
    course = Course((stop("a"), stop("fork", way("clicked", stop("b")), waits=True), stop("e")))
    after_a = following(course, course.stations[0].place, set(), lambda way: asked.append(way) or True)

    assert (after_a.channel, asked) == ("wait", [])
    assert following(course, after_a.place, set(), lambda way: True).name == "b"
    assert following(course, after_a.place, set(), lambda way: False).name == "e"


def test_parts_come_one_after_the_other_and_what_was_met_is_passed_over():
    course = Course((stop("a", parts=3), stop("b")))
    first, second, third, last = course.stations

    assert following(course, None, set()) == first
    assert following(course, first.place, {second.place}) == third
    assert following(course, third.place, set()) == last
    assert following(course, last.place, set()) is None


def test_a_plan_dates_every_station_from_the_one_before():
    course = Course((stop("a", wait=0), stop("b", wait=3), stop("c", wait=7)))

    assert plan(course, MONDAY, UTC_ZONE, ALWAYS) == [
        Dated(station, MONDAY + timedelta(days=days))
        for station, days in zip(course.stations, (0, 3, 10), strict=True)
    ]


def test_somebody_on_a_step_that_was_taken_out_stands_behind_the_last_one_that_is_still_there():
    before = Course((stop("a"), stop("b"), stop("c"), stop("d")))
    course = Course((stop("a"), stop("d"), stop("b")))
    places = [station.place for station in before.stations]

    assert [standing(course, before, place) for place in places] == [
        places[0],
        places[1],
        places[1],
        places[3],
    ]
    assert standing(Course((stop("z"),)), before, places[2]) is None


# --- any course at all ---------------------------------------------------------------------------------

_plain = st.tuples(st.integers(1, 2), st.just(()))


def _stops(depth):
    if not depth:
        return st.lists(_plain, max_size=2)
    lane = st.tuples(st.booleans(), st.booleans(), _stops(depth - 1))
    fork = st.tuples(st.booleans(), st.lists(lane, min_size=1, max_size=2))
    return st.lists(st.one_of(_plain, fork), max_size=3)


def _built(told, prefix=""):
    """Stops from what was drawn, each with a name of its own."""
    made = []
    for number, (more, lanes) in enumerate(told):
        own = f"{prefix}/{number}"
        ways = [
            way(f"{own}#{n}", *_built(inner, f"{own}#{n}"), when=when, finishes=ends)
            for n, (when, ends, inner) in enumerate(lanes)
        ]
        made.append(stop(own, *ways, waits=more) if ways else stop(own, parts=more))
    return made


def obvious(stops, holds):
    """The stations of somebody, by plain recursion; None at the end says that the track is over."""
    met = []
    for one in stops:
        met += one.stations
        lane = next((way for way in one.ways if way.condition is None or way.name in holds), None)
        if lane:
            met += obvious(lane.stops, holds)
            if met[-1:] == [None]:
                return met
            if lane.finishes:
                return [*met, None]
    return met


@given(_stops(2).map(_built), st.integers(0, 2**32))
def test_the_walk_from_place_to_place_is_the_obvious_way_through_the_tree(stops, seed):
    course = Course(tuple(stops))
    ways = [way for stop in _all(course.stops) for way in stop.ways]
    holds = {way.name for number, way in enumerate(ways) if seed >> (number % 32) & 1}

    walked = plan(course, MONDAY, UTC_ZONE, ALWAYS, decide=lambda way: way.name in holds)

    assert [one.station for one in walked] == [one for one in obvious(stops, holds) if one]


@given(_stops(2).map(_built), st.integers(0, 2**32))
def test_nobody_meets_a_station_twice_whatever_changes_on_the_way(stops, seed):
    course, answers = Course(tuple(stops)), iter(f"{seed:b}" * 1000)

    walked = plan(course, MONDAY, UTC_ZONE, ALWAYS, decide=lambda way: next(answers) == "1")

    places = [one.station.place for one in walked]
    assert sorted(set(places)) == sorted(places)
    assert [one.due_at for one in walked] == sorted(one.due_at for one in walked)


def _all(stops):
    for one in stops:
        yield one
        for lane in one.ways:
            yield from _all(lane.stops)


# --- variants --------------------------------------------------------------------------------------------


def test_somebody_gets_the_same_words_whenever_they_are_asked_for():
    key = uuid.UUID(int=7)

    assert [variant_of(4711, key, 1, (1, 1, 1)) for _again in range(3)] == [
        variant_of(4711, key, 1, (1, 1, 1))
    ] * 3
    assert variant_of(4711, key, 1, (1,)) == 0
    assert {variant_of(number, key, 1, (0, 1)) for number in range(100)} == {1}


def test_variants_are_shared_out_by_their_weights():
    key = uuid.UUID(int=7)
    given = [variant_of(number, key, 1, (2, 1, 1)) for number in range(20_000)]

    shares = [round(given.count(number) / len(given), 2) for number in range(3)]
    assert shares == [0.5, 0.25, 0.25]
