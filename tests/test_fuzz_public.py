"""Whatever strangers send to a page of ours, it is answered, and never with an error of ours."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads import passes, replying
from leads.models import Asset, Lead, Reply
from nurture import links
from nurture.enrolling import enroll
from nurture.models import Touch
from people.models.user import ADMINISTRATORS, MARKETING_MANAGERS, SALES_MANAGERS
from tests import fuzzing, make
from tests.forms import a_form, filled
from tests.fuzzing import KEY, Asked, fuzzed, outcome
from tests.test_access import OPEN, PAGES

pytestmark = [pytest.mark.django_db, pytest.mark.engine, pytest.mark.timeout(7200)]
WELL = (True, [])
BOXES = (
    "email", "first_name", "last_name", "company", "comment", "preferred_times", "field_title",
    "field_employees",
    "field_buys_by", "consent", "seal", "baton_v", "who", "website", "theme", "next", "login", "password",
    "name",
    "remember", "password1", "password2", "List-Unsubscribe", "csrfmiddlewaretoken", "talk", "phone", "k",
)  # fmt: skip
#: What a stranger reaches, by its name in the table of access; a gap holds anything.
DOORS = {
    "healthz": ["/healthz"],
    "home": ["/", "/{}", "/{}/{}/", "/static/{}"],
    "setup": ["/setup/"],
    "theme": ["/theme/"],
    "styleguide": ["/styleguide/"],
    "form_page": ["/f/guide/", "/f/guide/", "/f/{}/"],
    "form_embedded": ["/f/guide/embedded/", "/f/{}/embedded/"],
    "form_thanks": ["/f/guide/thanks/", "/f/{}/thanks/"],
    "form_embedded_thanks": ["/f/guide/embedded/thanks/", "/f/{}/embedded/thanks/"],
    "confirm": ["/confirm/{confirm}/", "/confirm/{}/"],
    "follow": ["/c/{follow}/", "/c/{}/"],
    "opened": ["/o/{opened}.gif", "/o/{}.gif"],
    "unsubscribe": ["/u/{unsubscribe}/", "/u/{}/"],
    "asset_page": ["/a/{asset}/", "/a/{}/"],
    "asset_take": ["/a/{asset}/take/"],
    "asset_file": ["/a/{asset}/file/"],
    "openapi-json": ["/api/v1/openapi.json"],
    "api_root": ["/api/v1/"],
    "api_nowhere": ["/api/v1/{}", "/api/v1/events/{}"],
    "api_events": ["/api/v1/events"],
    "api_event_people": ["/api/v1/events/{asset}/people", "/api/v1/events/{}/people"],
}
ACCOUNTS = {
    "account_login": ["/accounts/login/"],
    "account_reset_password": ["/accounts/password/reset/"],
    "account_reset_password_from_key": [
        "/accounts/password/reset/key/1-{}/",
        "/accounts/password/reset/key/{}/",
    ],
    "account": ["/accounts/{}/", "/accounts/confirm-email/{}/", "/accounts/logout/", "/accounts/signup/"],
    "admin": ["/admin/login/", "/admin/", "/admin/{}/"],
}


@pytest.fixture
def world(client, settings):
    """A form, a mail that arrived and a reply that waits; the words that name them."""
    settings.FORM_LIMITS = "9999/9999/9999"
    at = timezone.now() - timedelta(hours=1)
    form = a_form(double_opt_in=True)
    client.post("/f/guide/", filled(form, consent="on"))
    lead = make.lead(email="ada@x.example", at=at)
    enroll([lead.pk], make.track(), reason="fits", at=at)
    touch = lead.touches.get()
    for change in (
        {"state": "claimed", "token": touch.public_id, "lease_until": at},
        {"state": "sending"},
        {"state": "sent", "sent_at": at, "links": ["https://a.example/?x=1", "http://testserver/f/guide/"]},
    ):
        Touch.objects.filter(pk=touch.pk).update(**change)
    asset = Asset.objects.create(name="Sizing", kind="ebook", url="https://a.example/sizing")
    words = {
        "asset": str(asset.public_id),
        "confirm": replying.address_of(Reply.objects.get()).rstrip("/").rpartition("/")[2],
        "follow": links.token(touch.public_id, salt=links.FOLLOW, number=1),
        "opened": links.token(touch.public_id, salt=links.OPEN),
        "unsubscribe": links.token(touch.public_id, salt=links.UNSUBSCRIBE),
    }
    known = filled(form, consent="on") | {"who": passes.written(lead, at), "csrfmiddlewaretoken": KEY}
    return words, [
        (name.encode(), st.one_of(st.just(text.encode()), fuzzing.raw)) for name, text in known.items()
    ]


def places(door, words):
    found = []
    for place in {**DOORS, **ACCOUNTS}[door]:
        for name, word in words.items():
            place = place.replace(f"{{{name}}}", word)
        found.append(place)
    return found


def test_every_open_page_is_tried():
    assert sorted(name for name, row in PAGES.items() if row[2] == OPEN) == sorted(DOORS)


@pytest.mark.parametrize("door", [*DOORS, *ACCOUNTS])
def test_whatever_a_stranger_sends_is_answered(world, door):
    words, known = world

    @fuzzed
    @given(fuzzing.asked(places(door, words), BOXES, known=known))
    def answered(one):
        assert outcome(one) == WELL

    answered()


KNOWN_FAILURES = {
    "an alphabet nobody knows names the type": Asked(
        "/f/guide/", "POST", kind=b"text/plain; charset*=foo''%41"
    ),
    "parts in an alphabet that is no alphabet": Asked(
        "/f/guide/",
        "POST",
        kind=b"multipart/form-data; boundary=b; charset=rot13",
        body=fuzzing.in_parts([(b"email", b"x")]),
    ),
    "parts without a boundary where nothing is": Asked(
        "/nothing/here/", "POST", kind=b"multipart/form-data", body=b"seal=v"
    ),
    "a session whose key no database holds": Asked("/", cookies=[(b"sessionid", b'"abcdefgh\\000ijkl"')]),
    "after signing in to half an address": Asked("/accounts/login/", query=b"next=http://["),
    "half an address in a form": Asked(
        "/accounts/password/reset/", "POST", body=f"csrfmiddlewaretoken={KEY}&next=http://[".encode()
    ),
    "more words than anybody reads": Asked("/healthz", query=b"x=1&" * 4100),
    "an alphabet of host names": Asked("/accounts/x/", query=b"\x9a", kind=b"text/html; charset=idna"),
    "a host that is none": Asked("/theme/", headers={"host": b"["}),
    "parts without a boundary from a host that is none": Asked(
        "/", "POST", headers={"host": b"[\xec"}, kind=b"multipart/form-data", body=b"seal=v"
    ),
    "back to a word that is no address": Asked(
        "/theme/", "POST", body=f"csrfmiddlewaretoken={KEY}&next=91".encode()
    ),
}


@pytest.mark.parametrize("one", KNOWN_FAILURES.values(), ids=KNOWN_FAILURES)
def test_what_once_was_an_error_of_ours_is_answered(world, one):
    assert outcome(one) == WELL


# --- pages of people who are signed in: what stands after the question mark ------------------------------

WORDS = (
    "q", "who", "sort", "columns", "after", "older", "before", "view", "stage", "source", "holder",
    "score", "overdue",
    "who-join", "open", "exact", "at", "sheet", "period", "month", "lead", "about", "with", "fact", "step",
    "weeks",
    "team", "format", "which", "rep", "week", "kind", "grade", "confirmed", "outcome", "since", "until",
    "fit", "sum",
    "who-0-field", "who-0-op", "who-0-value", "who-TOTAL_FORMS", "page", "words", "undo", "go", "trigger",
    "name",
)  # fmt: skip
ASKS = st.one_of(
    fuzzing.raw,
    st.sampled_from(
        [
            b"stage.is.mql", b"score.at_least.--5", b"created.in_last.99999999999", b"country.in.DE~DK",
            b"a.b.c",
            b"score.is." + b"9" * 4400, b"2026-11", b"2026-W46", b"1,2", b"not(stage.is.mql", b"1",
            b"((((", b"name",
            b"-score", b"2026-11-22T09:00", b"2026-11-22T09:00+99:00", b"quarter", b"week", b"csv",
            b"company",
        ]
    ),
)  # fmt: skip


@pytest.fixture
def at_work(client):
    """Somebody who may see every page, and each page with something on it."""
    handoff = make.handoff()
    lead, form, track = handoff.lead, a_form(), make.track("Slow burn", steps=[(0, "email"), (1, "call")])
    Lead.objects.filter(pk=lead.pk).update(account=make.account("Brightwater"))
    lead.refresh_from_db()
    Asset.objects.create(name="Guide", kind="whitepaper")
    client.force_login(
        make.user(groups=[ADMINISTRATORS, SALES_MANAGERS, MARKETING_MANAGERS], team=handoff.agreement.team)
    )
    there = {"lead": lead, "account": lead.account, "form_edit": form, "track": track, "handoff": handoff}
    there |= {"agreement": handoff.agreement}
    names = [name for name, row in PAGES.items() if row[0] == "get" and row[2] != OPEN]
    found = [reverse(name, kwargs=PAGES[name][1]) for name in names if name not in there]
    found += [one.get_absolute_url() for one in (lead, lead.account, track, handoff.agreement)]
    found += [reverse("handoff", args=[handoff.public_id]), reverse("form_edit", args=[form.slug])]
    found += [reverse("submissions", args=[form.slug]), reverse("score_what_if", args=[lead.public_id])]
    return client.cookies["sessionid"].value, found


def test_whatever_stands_in_the_address_of_a_page_is_answered(at_work):
    session, found = at_work
    said = st.lists(st.tuples(st.sampled_from([word.encode() for word in WORDS]), ASKS), max_size=5)

    @fuzzed
    @given(st.sampled_from(found), said, st.sampled_from([{}, {"hx-request": b"true"}]))
    def answered(path, told, headers):
        assert outcome(Asked(path, query=fuzzing.escaped(told), headers=headers), session) == WELL

    answered()
