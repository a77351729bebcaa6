"""Who followed a link, by what their browser reports afterwards: a machine's visits earn nothing, and a
person's quick clicks come back by themselves."""

import uuid
from datetime import timedelta

import pytest

from leads import activities, following, quarantine, scoring, visitors
from leads.activities import Event
from leads.models import Activity, Burst, Grading, Identity, Kind, Knock, Rule
from leads.senders import Sender
from nurture.clicks import notice_look, record_click
from tests import make
from tests import make_scores as made
from tests.sending import HOME, sent

AT = make.MONDAY_9AM
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATER = AT + 2 * HOUR
THEIRS = uuid.UUID(int=7)
pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet():
    return made.sheet(made.rule(made.signal(Kind.CLICK), 10), made.rule(made.signal(Kind.VISIT), 1))


def points(touch, sheet):
    return scoring.scores_of([touch.lead_id], sheet, LATER + 2 * HOUR)[touch.lead_id]


def report(touch, knock, browser=None, *, at=LATER, hands=False):
    """The script on the page that a link led to: who came, then the visit, as the raw route takes them."""
    browser = browser or uuid.uuid4()
    following.arrive(browser, touch.lead, knock.pk, hands=hands, at=at)
    if not hands:
        read(browser, f"/{knock.link}/", at)
    return browser


def read(browser, page, at):
    thread = visitors.hold(browser, at)
    activities.record([Event(thread.pk, Kind.VISIT, at, f"{browser}{page}{at}", about=page)], known_at=at)


def two_quick_clicks(touch, at=LATER):
    return [record_click(touch, number, HOME, at=at + number * SECOND) for number in (0, 1)]


def grades(kind):
    return list(Activity.objects.graded().filter(kind=kind).order_by("id").values_list("graded", flat=True))


# --- machines ---------------------------------------------------------------------------------------


def test_what_a_gateway_reads_between_its_clicks_is_a_machines(sheet):
    touch = sent()

    first = record_click(touch, 0, HOME, at=LATER)
    browser = report(touch, first, at=LATER + SECOND)
    before = points(touch, sheet)
    second = record_click(touch, 1, HOME, at=LATER + 2 * SECOND)
    read(browser, "/more/", LATER + 3 * SECOND)
    report(touch, second, at=LATER + 4 * SECOND)

    assert (before, points(touch, sheet)) == (11, 0)
    assert (grades(Kind.CLICK), grades(Kind.VISIT)) == ([1, 1], [1, 2, 2])
    assert Identity.objects.filter(key=browser, lead=None).exists()


def test_what_a_gateway_reads_after_its_clicks_is_nobodys(sheet):
    touch = sent()

    for knock in two_quick_clicks(touch):
        report(touch, knock, at=LATER + 5 * SECOND)

    assert (points(touch, sheet), touch.lead.identities.count()) == (0, 1)


def test_a_burst_takes_what_the_browser_had_read_before_it_was_known(sheet):
    touch, browser = sent(), uuid.uuid4()
    read(browser, "/before/", LATER - HOUR)

    report(touch, record_click(touch, 0, HOME, at=LATER), browser, at=LATER + SECOND)
    record_click(touch, 1, HOME, at=LATER + 2 * SECOND)

    assert points(touch, sheet) == 0


def test_a_burst_leaves_what_the_browser_read_on_another_day(sheet):
    touch, browser = sent(), uuid.uuid4()
    report(touch, record_click(touch, 0, HOME, at=LATER - HOUR), browser, at=LATER - HOUR)

    report(touch, record_click(touch, 0, HOME, at=LATER), browser, at=LATER + SECOND)
    record_click(touch, 1, HOME, at=LATER + 2 * SECOND)

    assert points(touch, sheet) == 11


def test_a_score_of_an_earlier_instant_is_what_was_known_then(sheet):
    touch, rules = sent(), scoring.rules_of(sheet)
    report(touch, record_click(touch, 0, HOME, at=LATER), at=LATER + SECOND)
    record_click(touch, 1, HOME, at=LATER + 3 * SECOND)

    known = [
        sum(scoring.lines_as_of(rules, at=LATER + seconds * SECOND).get(touch.lead_id, {}).values())
        for seconds in (0, 2, 3)
    ]

    assert known == [10, 11, 0]


def test_an_address_that_many_browsers_report_was_passed_on_and_introduces_no_more(sheet):
    touch = sent()
    knock = record_click(touch, 0, HOME, at=LATER)

    for _ in range(6):
        report(touch, knock)

    assert points(touch, sheet) == 10 + following.MOST


# --- people -----------------------------------------------------------------------------------------


def test_two_quick_clicks_in_the_browser_that_sent_a_form_before_are_a_persons(sheet):
    touch = sent()
    visitors.identify(THEIRS, touch.lead, at=AT, confirmed=True)

    for knock in two_quick_clicks(touch):
        report(touch, knock, THEIRS, at=LATER + 2 * SECOND)

    assert (points(touch, sheet), grades(Kind.CLICK)) == (22, [2, 2])
    assert {word.rule for word in Grading.objects.filter(grade=2)} == {Rule.PERSON}


def test_a_link_to_another_site_comes_back_with_the_one_beside_it(sheet):
    touch = sent()
    visitors.identify(THEIRS, touch.lead, at=AT, confirmed=True)

    report(touch, two_quick_clicks(touch)[1], THEIRS)

    assert points(touch, sheet) == 21


def test_a_browser_that_only_links_made_known_proves_nothing(sheet):
    touch = sent()
    report(touch, record_click(touch, 0, HOME, at=LATER - HOUR), THEIRS, at=LATER - HOUR)

    for knock in two_quick_clicks(touch):
        report(touch, knock, THEIRS)

    assert grades(Kind.CLICK) == [2, 1, 1]


def test_a_form_that_the_browser_sends_afterwards_shows_the_person(sheet):
    touch = sent()
    first = record_click(touch, 0, HOME, at=LATER)
    report(touch, first, THEIRS, at=LATER + SECOND)
    record_click(touch, 1, HOME, at=LATER + 2 * SECOND)
    read(THEIRS, "/later/", LATER + MINUTE)
    held = points(touch, sheet)

    visitors.identify(THEIRS, touch.lead, at=LATER + HOUR, confirmed=True)
    for _ in range(2):
        following.believe(THEIRS, touch.lead, at=LATER + HOUR)

    assert (held, points(touch, sheet)) == (0, 22)
    assert Grading.objects.filter(rule=Rule.PERSON).count() == 3


def test_a_form_from_another_browser_proves_nothing_of_the_clicks(sheet):
    touch = sent()
    for knock in two_quick_clicks(touch):
        report(touch, knock)

    visitors.identify(THEIRS, touch.lead, at=LATER + HOUR, confirmed=True)
    following.believe(THEIRS, touch.lead, at=LATER + HOUR)

    assert points(touch, sheet) == 0


@pytest.mark.parametrize(
    ("minutes", "hands", "looked", "worth"),
    [(120, True, False, 21), (120, False, False, 0), (5, True, False, 0), (120, True, True, 0)],
)
def test_hands_on_the_page_show_a_person_long_after_the_sending_where_nothing_else_was_tried(
    sheet, minutes, hands, looked, worth
):
    touch, at = sent(), AT + minutes * MINUTE
    first = two_quick_clicks(touch, at)[0]
    if looked:
        notice_look(touch, HOME, at=at + 2 * SECOND)
    report(touch, first, THEIRS, at=at + 3 * SECOND)

    following.arrive(THEIRS, touch.lead, first.pk, hands=hands, at=at + 9 * SECOND)

    assert points(touch, sheet) == worth


def test_a_known_gateway_has_no_hands(sheet):
    touch, robot = sent(), Sender(HOME.address, "Mozilla/5.0 (X11) safelinks and more of the same")
    knocks = [record_click(touch, number, robot, at=LATER + number * SECOND) for number in (0, 1)]

    report(touch, knocks[0], hands=True)

    assert points(touch, sheet) == 0


def test_a_third_quick_click_of_a_person_is_not_taken_again(sheet):
    touch = sent()
    visitors.identify(THEIRS, touch.lead, at=AT, confirmed=True)
    report(touch, two_quick_clicks(touch)[1], THEIRS, at=LATER + 2 * SECOND)

    record_click(touch, 2, HOME, at=LATER + 3 * SECOND)

    assert grades(Kind.CLICK) == [2, 2, 2]


def test_who_is_released_by_hand_gets_their_browser_back_and_the_undo_takes_it(sheet):
    touch, ruth = sent(), make.marketer("Ruth Amaro")
    report(touch, record_click(touch, 0, HOME, at=LATER), THEIRS, at=LATER + SECOND)
    record_click(touch, 1, HOME, at=LATER + 2 * SECOND)
    read(THEIRS, "/later/", LATER + MINUTE)
    burst, worth = Burst.objects.get(), []

    quarantine.release(burst, None, to=2, by=ruth, why="She told me", at=LATER + HOUR)
    worth.append(points(touch, sheet))
    for _ in range(2):
        quarantine.take_back(burst, None, by=ruth, why="Taken back", at=LATER + HOUR)
        worth.append(points(touch, sheet))

    assert worth == [22, 0, 0]
    assert Knock.objects.filter(is_a_persons=True).count() == 0
