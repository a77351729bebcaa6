"""Events over the API: who registered and who came, as another program tells it."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads import buckets, partitions
from leads.models import Activity, ApiKey, Asset, Lead
from leads.models.key import Scope
from people.models.user import ADMINISTRATORS
from tests import make
from tests.fuzzing import Asked, fuzzed, outcome

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ada():
    return make.user("Ada Berg", groups=[ADMINISTRATORS])


@pytest.fixture
def key(ada):
    return ApiKey.objects.make("Webinars", [Scope.EVENTS], by=ada, at=timezone.now())[1]


@pytest.fixture
def webinar():
    return Asset.objects.create(name="Heat from waste water", kind="webinar")


def person(email="henrik@aalberg.example", **said):
    at = timezone.now() - HOUR
    return {"email": email, "status": "attended", "at": at.isoformat(), **said}


def tell(secret, event, *people, body=None, **headers):
    return Client(headers={"Authorization": f"Bearer {secret}", **headers}).post(
        f"/api/v1/events/{getattr(event, 'public_id', event)}/people",
        body if body is not None else json.dumps({"people": people}),
        content_type="application/json",
    )


def activities():
    return list(
        Activity.objects.order_by("id").values_list("identity__lead__email", "kind", "grade", "asset__name")
    )


def test_whoever_registered_and_came_is_a_lead_with_both_and_is_told_apart_by_evidence(key, webinar):
    answer = tell(
        key, webinar, person(status="registered", company="Aalberg"), person(), person("freya@x.example")
    )

    assert (answer.status_code, answer.json()) == (
        200, {"recorded": 3, "known": 0, "created": 2, "refused": []},
    )  # fmt: skip
    assert sorted(activities()) == [
        ("freya@x.example", "attended", 3, "Heat from waste water"),
        ("henrik@aalberg.example", "attended", 3, "Heat from waste water"),
        ("henrik@aalberg.example", "registered", 2, "Heat from waste water"),
    ]
    lead = Lead.objects.get(email="henrik@aalberg.example")
    assert (lead.account.name, lead.custody.custodian.user.name) == ("Aalberg", "Ada Berg")


def test_the_same_told_twice_or_with_another_clock_is_one_activity(key, webinar):
    told = [person(), person(email="HENRIK@aalberg.example"), person(at=timezone.now().isoformat())]

    first = tell(key, webinar, *told).json()
    again = tell(key, webinar, *told).json()

    assert [(one["recorded"], one["known"]) for one in (first, again)] == [(1, 2), (0, 3)]
    assert Activity.objects.count() == 1


def test_what_a_file_told_before_is_known(key, webinar):
    lead = make.lead(email="henrik@aalberg.example")
    partitions.ensure(make.MONDAY_9AM, make.MONDAY_9AM)
    Activity.objects.create(
        id=7, at=make.MONDAY_9AM, known_at=make.MONDAY_9AM, identity=lead.identities.get(), kind="attended",
        about="heat from Waste Water", dedupe_key="7",
    )  # fmt: skip

    assert tell(key, webinar, person()).json()["known"] == 1


def test_bad_rows_are_named_and_the_others_count(key, webinar):
    bad = [
        person("henrik"), person("b@x.example", status="came"), person("c@x.example", at="Monday"),
        person("d@x.example", at="2026-11-16T09:00:00"),
        person("e@x.example", at="0001-01-01T00:00:00-14:00"),
        person("f@x.example", at=(timezone.now() + HOUR).isoformat()), person("g@x.example", first="G"),
        person("h@x.example", first_name="a\0b"), {"email": "i@x.example"}, None, 7, [],
        person("j@x.example", company=7),
    ]  # fmt: skip

    answer = tell(key, webinar, *bad, person("good@x.example"))

    told = answer.json()
    assert (answer.status_code, told["recorded"], told["created"]) == (200, 1, 1)
    assert [(one["row"], one["field"]) for one in told["refused"]] == [
        (0, "email"), (1, "status"), (2, "at"), (3, "at"), (4, "at"), (5, "at"), (6, "first"),
        (7, "first_name"), (8, "at"), (8, "status"), (9, ""), (10, ""), (11, ""), (12, "company"),
    ]  # fmt: skip


def test_where_no_row_can_be_recorded_that_is_the_answer_and_nothing_is_kept(key, webinar):
    answer = tell(key, webinar, person("henrik"), person("b@x.example", status="came"))

    assert (answer.status_code, [one["row"] for one in answer.json()["errors"]]) == (422, [0, 1])
    assert (Lead.objects.count(), Activity.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422), ("{", 400), ("[" * 50_000, 400), (b"\xff", 400), ("[]", 422), ("7", 422), ("{}", 422),
        ('{"people": []}', 422), ('{"people": 7}', 422), ('{"people": [' + "1," * 1000 + "1]}", 413),
        (" " * ((2 << 20) + 1), 413),
    ],
)  # fmt: skip
def test_what_is_no_list_of_people_is_refused_as_a_whole(key, webinar, body, status):
    answer = tell(key, webinar, body=body)

    told = answer.json()
    assert (answer.status_code, told["status"], sorted(told)) == (
        status, status, ["detail", "errors", "status", "title"],
    )  # fmt: skip


def test_a_thousand_people_fit_into_one_request(key, webinar, django_assert_max_num_queries):
    people = [person(f"p{number}@x{number}.example") for number in range(1000)]

    with django_assert_max_num_queries(60):
        answer = tell(key, webinar, *people)

    assert answer.json() == {"recorded": 1000, "known": 0, "created": 1000, "refused": []}


@pytest.mark.parametrize("event", [uuid.UUID(int=0), "x", "a%00b", "ebook"])
def test_what_is_no_event_is_not_found(key, event):
    if event == "ebook":
        event = Asset.objects.create(name="Sizing", kind="ebook")

    answer = tell(key, event, person())

    assert (answer.status_code, answer.json()["title"]) == (404, "Not found")


def test_without_anybody_to_hold_a_new_lead_nothing_is_kept(key, webinar, ada):
    ada.groups.clear()

    answer = tell(key, webinar, person())

    assert (answer.status_code, Lead.objects.count(), Activity.objects.count()) == (409, 0, 0)


@pytest.mark.parametrize("secret", ["", "x", "baton_", "é", "a b", "\\0"])
def test_without_a_key_nobody_is_let_in(webinar, secret):
    answer = tell(secret, webinar, person())

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["title"] == "No key"


def test_a_session_is_no_key(client, webinar, ada):
    client.force_login(ada)

    answer = client.post(f"/api/v1/events/{webinar.public_id}/people", {}, content_type="application/json")

    assert answer.status_code == 401


def test_a_key_that_was_revoked_or_whose_maker_has_left_opens_nothing(key, webinar, ada):
    ada.is_active = False
    ada.save()
    gone = tell(key, webinar, person()).status_code
    ada.is_active = True
    ada.save()
    back = tell(key, webinar, person()).status_code
    ApiKey.objects.get().revoke(by=ada, at=timezone.now())

    assert (gone, back, tell(key, webinar, person()).status_code) == (401, 200, 401)


def test_a_key_may_do_what_it_names(key, webinar, monkeypatch):
    from leads.api import events

    monkeypatch.setattr(events, "Scope", type("Scope", (), {"EVENTS": "leads:write"}))

    answer = tell(key, webinar, person())

    assert (answer.status_code, Activity.objects.count()) == (403, 0)


def test_too_many_requests_with_one_key_or_of_wrong_ones_are_told_to_wait(key, webinar, settings):
    settings.API_LIMIT = 2

    mine = [tell(key, webinar, person()) for _ in range(3)]
    wrong = [tell("baton_x", webinar, person()).status_code for _ in range(3)]

    assert [one.status_code for one in mine] == [200, 200, 429]
    assert (mine[2]["Retry-After"], wrong) == ("60", [401, 401, 429])
    assert buckets.api_limit() == 2


def test_the_events_there_are_can_be_asked_for(key, webinar):
    show = Asset.objects.create(name="Nordic fair", kind="trade_show")
    Asset.objects.create(name="Sizing", kind="ebook")
    asked = Client(headers={"Authorization": f"Bearer {key}"})

    found = asked.get("/api/v1/events").json()

    assert found == [
        {"id": str(one.public_id), "name": one.name, "kind": one.kind} for one in (webinar, show)
    ]


def test_the_description_names_every_answer_and_all_that_is_told(client):
    told = client.get("/api/v1/openapi.json").json()

    post = told["paths"]["/api/v1/events/{event}/people"]["post"]
    assert sorted(post["responses"]) == ["200", "400", "401", "403", "404", "409", "413", "422", "429"]
    row = told["components"]["schemas"]["People"]["properties"]["people"]["items"]
    assert row["required"] == ["email", "status", "at"]
    assert post["security"] == [{"Bearer": []}]


@pytest.mark.parametrize("path", ["", "events/", "nothing", "events/x/y/z"])
def test_nothing_else_is_here_and_that_is_said_in_json(client, path):
    answer = client.get(f"/api/v1/{path}")

    assert (answer.status_code, answer.json()["status"]) == (404, 404)


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=[])),
        st.sampled_from(["attended", "registered", "a@x.example", "2026-11-16T09:00:00Z", "9" * 5000, "\0"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
rows = st.one_of(
    anything,
    st.fixed_dictionaries(
        {"email": anything | st.just("a@x.example"), "status": anything | st.just("attended"),
         "at": anything | st.datetimes().map(str) | st.just("2026-11-16T09:00:00Z")},
        optional=dict.fromkeys(("first_name", "last_name", "company", "phone", "other"), anything),
    ),
)  # fmt: skip


def test_whatever_a_program_sends_is_answered(key, webinar, settings):
    settings.API_LIMIT = 10**6
    bodies = st.one_of(
        anything, st.fixed_dictionaries({"people": st.one_of(anything, st.lists(rows, max_size=5))})
    )

    @fuzzed
    @given(bodies)
    def try_it(body):
        one = Asked(
            method="POST",
            path=f"/api/v1/events/{webinar.public_id}/people",
            headers={"authorization": f"Bearer {key}".encode()},
            kind=b"application/json",
            body=json.dumps(body).encode(),
        )
        assert outcome(one) == (True, [])

    try_it()
