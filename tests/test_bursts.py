"""Machines that follow the addresses in mails: recognised by how they ask and by their company."""

from datetime import timedelta

import pytest

from leads import bursts, scoring
from leads.models import Activity, Burst, Gateway, Grading, Kind, Knock, Rule, Tally
from leads.senders import Sender, hashed
from leads.signals import lead_changed
from nurture.clicks import notice_look, record_click, record_open
from tests import make
from tests import make_scores as made
from tests.sending import HOME, OFFICE, sent

AT = make.MONDAY_9AM
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATER = AT + timedelta(hours=2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet():
    return made.sheet(made.rule(made.signal(Kind.CLICK), 10), made.rule(made.signal(Kind.OPEN), 1))


def grades():
    return list(Activity.objects.graded().order_by("id").values_list("graded", flat=True))


def points(touch, sheet, at=LATER + MINUTE):
    return scoring.scores_of([touch.lead_id], sheet, at)[touch.lead_id]


def test_the_first_click_of_a_burst_counts_until_the_second_shows_what_it_was(sheet):
    touch = sent()

    record_click(touch, 0, HOME, at=LATER)
    before = points(touch, sheet)
    record_click(touch, 1, HOME, at=LATER + SECOND)

    assert (before, points(touch, sheet), grades()) == (10, 0, [1, 1])
    assert list(Activity.objects.order_by("id").values_list("grade", flat=True)) == [2, 1]  # it never changes
    assert Tally.objects.get(lead=touch.lead).last_human_at is None
    assert Burst.objects.get().rule == Rule.LINKS


def test_a_score_of_an_earlier_instant_is_what_was_known_then(sheet):
    touch, rules = sent(), scoring.rules_of(sheet)
    record_click(touch, 0, HOME, at=LATER)
    record_click(touch, 1, HOME, at=LATER + 2 * SECOND)

    known = [
        sum(scoring.lines_as_of(rules, at=LATER + seconds * SECOND).get(touch.lead_id, {}).values())
        for seconds in (-1, 1, 2)
    ]

    assert known == [0, 10, 0]


def test_the_verdict_is_looked_at_again_when_a_click_turns_out_to_be_a_machines(sheet):
    touch = sent()
    record_click(touch, 0, HOME, at=LATER)
    Tally.objects.update(next_check_at=None)
    told = []

    def listen(lead_ids, **kwargs):
        told.append(lead_ids)

    lead_changed.connect(listen)
    record_click(touch, 1, HOME, at=LATER + SECOND)
    lead_changed.disconnect(listen)

    assert told == [[touch.lead_id]]
    assert Tally.objects.get(lead=touch.lead).next_check_at == LATER + SECOND


def test_a_person_who_reads_one_link_at_a_time_is_none(sheet):
    touch = sent()

    for number in (0, 1, 2):
        record_click(touch, number, HOME, at=LATER + number * 11 * SECOND)

    assert (grades(), points(touch, sheet), Burst.objects.count()) == ([2, 2, 2], 30, 0)


def test_the_same_link_twice_is_a_persons_double_click(sheet):
    touch = sent()

    for seconds in (0, 1):
        record_click(touch, 0, HOME, at=LATER + seconds * SECOND)

    assert grades() == [2, 2]


def test_a_look_betrays_the_visit_before_it_and_the_one_after_it():
    touch = sent()

    record_click(touch, 0, HOME, at=LATER)
    record_click(touch, 0, Sender(HOME.address, HOME.agent, looked=True), at=LATER + SECOND)
    record_click(touch, 0, HOME, at=LATER + 2 * SECOND)

    assert (grades(), [burst.rule for burst in Burst.objects.all()]) == ([1, 1, 1], [Rule.LOOK])


def test_whoever_looks_at_the_way_out_within_seconds_of_a_link_is_a_machine():
    touch = sent()

    record_click(touch, 0, HOME, at=LATER)
    notice_look(touch, HOME, at=LATER + SECOND)

    assert grades() == [1]


def test_looking_at_the_way_out_alone_is_nothing():
    notice_look(sent(), HOME, at=LATER)

    assert (Knock.objects.count(), Burst.objects.count(), Activity.objects.count()) == (1, 0, 0)


def test_one_place_that_follows_the_mails_of_four_people_within_a_minute_is_a_gateway(sheet):
    touches = [sent() for _ in range(6)]

    for number, touch in enumerate(touches):
        record_click(touch, 0, OFFICE, at=LATER + number * 5 * SECOND)

    burst = Burst.objects.get()
    assert (grades(), burst.rule) == ([1] * 6, Rule.CROWD)
    assert [points(touch, sheet) for touch in touches] == [0] * 6
    assert burst.gradings.values("identity").distinct().count() == 6


def test_colleagues_behind_one_address_are_people_while_they_are_three_a_minute():
    for number in range(8):
        record_click(sent(), 0, OFFICE, at=LATER + number * 25 * SECOND)

    assert grades() == [2] * 8


def test_a_proxy_of_our_own_says_nothing_of_where_requests_come_from():
    for number in range(8):
        record_click(sent(), 0, Sender("127.0.0.1", HOME.agent), at=LATER + number * SECOND)

    assert grades() == [2] * 8


def test_links_of_several_mails_to_one_person_within_seconds_are_a_machines():
    lead = make.lead()
    touches = [sent(lead) for _ in range(3)]

    for number, touch in enumerate(touches):
        record_click(touch, 0, Sender(f"81.2.{number}.9", HOME.agent), at=LATER + number * SECOND)

    assert (grades(), Burst.objects.get().rule) == ([1, 1, 1], Rule.MAILS)


def test_requests_of_one_company_within_minutes_are_one_burst_from_however_many_places():
    touches = [sent(make.lead(email=f"{name}@acme.example")) for name in ("ann", "bob")]

    for minute, touch in enumerate(touches):
        for number in (0, 1):
            record_click(touch, number, Sender(f"81.{minute}.2.9"), at=LATER + minute * MINUTE)

    burst = Burst.objects.get()
    assert (burst.domain, burst.at, burst.gradings.count()) == ("acme.example", LATER, 4)


@pytest.mark.parametrize(
    ("what", "pattern", "hours", "grade"),
    [
        ("agent", "ScanGate", 2, 1),
        ("agent", "firefox/1", 2, 2),
        ("network", "81.2.69.0/26", 2, 1),
        ("network", "81.2.70.0/24", 2, 2),
        ("domain", "customer.example", 0.1, 1),
        ("domain", "customer.example", 2, 2),
        ("domain", "stomer.example", 0.1, 2),
    ],
)
def test_a_known_gateway_is_a_machine_at_its_first_request(what, pattern, hours, grade):
    kept, prefix = hashed(pattern) if what == "network" else (pattern, None)
    Gateway.objects.create(name="Theirs", what=what, pattern=kept, prefix=prefix, at=AT)

    record_click(
        sent(), 0, Sender("81.2.69.7", "Mozilla/5.0 scangate 3 for us"), at=AT + timedelta(hours=hours)
    )

    assert grades() == [grade]


def test_a_gateway_that_is_not_in_use_is_nobody():
    Gateway.objects.create(name="Theirs", what="agent", pattern="firefox", is_on=False, at=AT)

    record_click(sent(), 0, HOME, at=LATER)

    assert grades() == [2]


def test_an_opening_is_worth_a_little_and_a_fetch_at_the_delivery_or_by_a_bare_agent_nothing(sheet):
    by_a_person, at_delivery, by_a_proxy = sent(), sent(), sent()

    record_open(by_a_person, HOME, at=LATER)
    record_open(at_delivery, HOME, at=AT + 5 * SECOND)
    record_open(by_a_proxy, Sender(HOME.address, "Mozilla/5.0"), at=LATER)

    assert [points(touch, sheet) for touch in (by_a_person, at_delivery, by_a_proxy)] == [1, 0, 0]


def test_an_opening_and_the_click_that_follows_it_are_a_persons():
    touch = sent()

    record_open(touch, HOME, at=LATER)
    record_click(touch, 0, HOME, at=LATER + SECOND)

    assert grades() == [2, 2]


def test_openings_within_a_minute_are_no_more_than_one_without_harm():
    touch = sent()

    for seconds in (0, 20):
        record_open(touch, HOME, at=LATER + seconds * SECOND)

    assert [one.about for one in Activity.objects.all()] == [f"touch.{touch.public_id}"] * 2


def test_nothing_is_written_of_whoever_refused_our_mails():
    touch = sent()
    touch.lead.refused = ["email"]

    record_open(touch, HOME, at=LATER)

    assert (Activity.objects.count(), Knock.objects.count()) == (0, 0)


def test_no_address_is_kept_and_requests_are_forgotten_after_two_days():
    record_click(sent(), 0, OFFICE, at=LATER)
    kept = str(list(Knock.objects.values())) + str(list(Activity.objects.values()))

    forgotten = [bursts.forget(LATER + hours * timedelta(hours=1)) for hours in (47, 49, 49)]

    assert OFFICE.address not in kept
    assert forgotten == [0, 1, 0]


def test_asking_again_says_nothing_twice():
    touch = sent()
    for number in (0, 1, 0, 1):
        record_click(touch, number, HOME, at=LATER)

    words = Grading.objects.values_list("activity_id", "burst")

    assert len(set(words)) == len(words) == Activity.objects.count()
