"""Tracking: what browsers report is stored once, bounded, and before the answer."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from leads import activities, visitors
from leads.grading import grade_of
from leads.models import Activity, Campaign, Grade, Identity, Tally, Traffic
from tests import make
from tests import make_scores as made
from tests.tracking import CHROME, SITE, event, played, post, posted, site  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engine,
    pytest.mark.usefixtures("site"),
]
BROWSER = uuid.UUID(int=7)


def traffic():
    return sorted(Traffic.objects.values_list("origin", "outcome", "events"))


def test_a_visit_is_written_on_the_thread_of_its_browser():
    assert posted(
        event(BROWSER, u="/pumps/?size=4&utm_source=fair", n="Pumps", r="https://search.example/?q=me")
    ) == [204]

    visit = Activity.objects.get()
    assert (visit.identity.key, visit.identity.lead, visit.kind, visit.grade) == (BROWSER, None, "visit", 2)
    assert (visit.about, visit.utm) == ("/pumps/", {"source": "fair"})
    assert visit.details == {"site": SITE, "title": "Pumps", "referrer": "https://search.example/"}
    assert traffic() == [(SITE, "taken", 1)]


def test_visits_of_a_lead_move_their_points_in_the_same_commit():
    made.signal()
    lead = make.lead()
    browser = lead.identities.get().key

    posted([event(browser), event(browser)], event(browser), event())

    tally = Tally.objects.get(lead=lead)
    assert tally.sums == [3]
    assert tally.next_check_at > timezone.now() - timedelta(minutes=1)
    activities.rebuild([lead.pk])
    assert Tally.objects.get(lead=lead).sums == [3]


def test_what_arrives_twice_is_counted_once():
    made.signal()
    lead = make.lead()
    visit = event(lead.identities.get().key)

    assert posted(visit, visit, [visit, visit]) == [204] * 3
    assert posted(visit) == [204]

    assert (Activity.objects.count(), Tally.objects.get(lead=lead).sums) == (1, [1])


def test_a_clock_that_nobody_can_believe_is_not_believed_and_its_visit_counts_once():
    days = [timedelta(hours=3), timedelta(days=-3), timedelta(days=-20_000)]
    told = [event(t=int((timezone.now() + off).timestamp() * 1000)) for off in days]

    posted(*told)
    posted(*told, event())

    visits = Activity.objects.all()
    assert [timezone.now() - one.at < timedelta(minutes=1) for one in visits] == [True] * 4


def test_a_visit_that_was_sent_late_happened_when_it_happened():
    then = timezone.now() - timedelta(hours=5)

    posted(event(t=then.timestamp() * 1000))

    assert abs(Activity.objects.get().at - then) < timedelta(milliseconds=1)


def test_one_browser_cannot_spoil_the_keys_of_another():
    posted(event(i="page"), event(i="page"))

    assert Activity.objects.count() == 2


def test_a_visit_belongs_to_the_campaign_that_its_link_names():
    campaign = Campaign.objects.create(name="Fair", utm_campaign="Nordic-Fair")

    posted(event(u="/?utm_campaign=nordic-fair"), event(u="/?utm_campaign=other"))

    assert sorted(Activity.objects.values_list("campaign", flat=True), key=str) == [campaign.pk, None]


def test_a_download_is_of_the_asset_with_that_address():
    paper = made.asset(url=f"{SITE}/papers/seals.pdf")

    posted(event(k="d", a=f"{SITE}/papers/seals.pdf"), event(k="d", a=f"{SITE}/other.pdf?for=me"))

    found = Activity.objects.order_by("about").values_list("kind", "about", "asset")
    assert list(found) == [("download", "/other.pdf", None), ("download", "/papers/seals.pdf", paper.pk)]


@pytest.mark.parametrize(
    ("agent", "grade"),
    [
        (CHROME, Grade.LIKELY),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/120 Mobile Safari/537.36", Grade.LIKELY),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Grade.MACHINE),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0 Safari/537.36", Grade.MACHINE),
        ("python-requests/2.31.0 some more words", Grade.MACHINE),
        ("", Grade.MACHINE),
    ],
)
def test_a_program_that_says_what_it_is_is_a_machine(agent, grade):
    assert grade_of(agent.encode()) == grade


def test_a_machine_earns_nothing():
    made.signal()
    lead = make.lead()

    posted(event(lead.identities.get().key), agent="Mozilla/5.0 (compatible; Googlebot/2.1)")

    assert (Activity.objects.get().grade, Tally.objects.get(lead=lead).sums) == (Grade.MACHINE, [])


GOOD = event(BROWSER)
WITHOUT = [{name: said for name, said in GOOD.items() if name != missing} for missing in "vitu"]


NO_REPORTS = [
    b"", b"{", b"null", b"7", b"[]", b"{}", b"\xff\xfe", b'"\x00"', b"[" * 10_000, b"[[]]", b"NaN",
    [GOOD] * 21, b'{"v":' + b"9" * 5000 + b"}", *WITHOUT,
    *(GOOD | wrong for wrong in (
        {"v": "x"}, {"v": 7}, {"v": "g" * 32}, {"v": ["7" * 32]}, {"v": BROWSER.hex + "\n"}, {"i": ""},
        {"i": "\x00"}, {"i": "x" * 33}, {"i": "\ud800"}, {"t": "now"}, {"t": None}, {"t": 10**400},
        {"u": None}, {"u": ["/"]}, {"k": "talk_to_sales"}, {"k": []}, {"k": "d"}, {"k": "d", "a": 7},
        {"n": {"x": 1}}, {"n": 7}, {"r": ["x"]}, {"s": 7}, {"s": ["x"]},
        {"u": "/?" + "&".join(f"utm_source={n}" for n in range(60))},
    )),
]  # fmt: skip
ODD = [
    {"u": "/\x00\ud800\udfff\x1f\x1e"}, {"n": "\x00\ud800 title \x1f"}, {"r": "\x00"}, {"n": "x" * 9000},
    {"u": "/" + "x" * 9000}, {"u": ""}, {"u": "?"}, {"u": "/?utm_campaign=%00%ED%A0%80&utm_source=%1F"},
    {"u": "/?" + "&".join(f"utm_source={n}" for n in range(40))}, {"u": "javascript:alert(1)"},
    {"t": float("nan")}, {"t": float("inf")}, {"t": -1}, {"t": True}, {"t": 0.1}, {"s": "forged"},
    {"s": "\x00:\ud800:x"}, {"n": "{}", "k": "d", "a": "\\,{}\"'"}, {"t": 10**300},
]  # fmt: skip


def test_what_is_no_report_is_refused_and_nothing_is_stored():
    assert posted(*NO_REPORTS) == [400] * len(NO_REPORTS)
    assert (Activity.objects.count(), traffic()) == (0, [(SITE, "malformed", len(NO_REPORTS))])


def test_an_odd_visit_is_stored_as_it_can_be_stored():
    assert posted(*(event(**odd) for odd in ODD)) == [204] * len(ODD)
    assert Activity.objects.count() == len(ODD)


def test_what_is_longer_than_any_report_is_not_read():
    assert posted(b" " * (16 * 1024 + 1)) == [413]
    assert posted(event(), headers={b"content-length": b"50000000"}) == [413]
    assert posted(event(), headers={b"content-length": b"-1"}) == [413]
    assert Activity.objects.count() == 0


def test_only_sites_on_the_list_report_and_pages_of_our_own():
    statuses = [
        posted(event(), origin=origin)[0]
        for origin in (
            SITE,
            "https://evil.example",
            "http://www.kessel.example",
            "null",
            "",
            "https://baton.example",
        )
    ]

    assert statuses == [204, 403, 403, 403, 403, 204]
    assert {("https://evil.example", "unknown site", 1), ("null", "unknown site", 1)} < set(traffic())


def test_a_browser_of_a_site_on_the_list_may_read_the_answer():
    async def story():
        _status, answered = await post(event())
        _status, stranger = await post(event(), origin="https://evil.example")
        asked, before = await post(b"", method="OPTIONS")
        _status, refused = await post(b"", method="OPTIONS", origin="https://evil.example")
        return answered, stranger, asked, before, refused

    answered, stranger, asked, before, refused = played(story())
    allowed = b"access-control-allow-origin"
    assert (answered[allowed], before[allowed], asked) == (SITE.encode(), SITE.encode(), 204)
    assert (stranger.get(allowed), refused.get(allowed)) == (None, None)


def test_there_is_nothing_else_here():
    async def story():
        asked = [("GET", "/t/"), ("PUT", "/t/"), ("POST", "/t/x")]
        return [(await post(event(), method=method, path=path))[0] for method, path in asked]

    assert played(story()) == [405, 405, 404]
    assert Activity.objects.count() == 0


def test_a_browser_that_reads_faster_than_anybody_is_not_heard():
    statuses = posted(*[[event(BROWSER) for _ in range(20)] for _ in range(13)], event())

    assert (statuses.count(204), statuses.count(429)) == (13, 1)
    assert Activity.objects.count() == 12 * 20 + 1


def test_who_comes_by_a_link_in_their_own_mail_is_known_from_then_on():
    made.signal()
    lead = make.lead()
    posted(event(BROWSER, u="/before/"))

    posted(event(BROWSER, s=visitors.introduction(lead)))

    assert Identity.objects.get(key=BROWSER).lead == lead
    assert Tally.objects.get(lead=lead).sums == [2]


def test_hands_on_a_page_are_no_visit_and_need_an_introduction():
    lead = make.lead()
    told = {"k": "h", "s": visitors.introduction(lead)}

    statuses = posted(event(BROWSER, **told), event(k="h"), event(BROWSER, **(told | {"v": "x"})))

    assert (statuses, Activity.objects.count()) == ([204, 204, 400], 0)
    assert Identity.objects.get(key=BROWSER).lead == lead


def test_many_reports_at_once_are_few_transactions(monkeypatch):
    from leads.committing import Committer

    sizes, take = [], Committer.take

    async def counted(self, connection, batch):
        sizes.append(len(batch))
        return await take(self, connection, batch)

    monkeypatch.setattr(Committer, "take", counted)

    assert posted(*[event() for _ in range(100)]) == [204] * 100
    assert (sum(sizes), len(sizes) <= 3) == (100, True)
