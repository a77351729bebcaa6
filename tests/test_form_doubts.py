"""What speaks against a sending: traps, haste, old pages, and too many from one place."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from leads import buckets, seals
from leads.models import Bucket, Form, Lead
from people.whence import whence
from tests.forms import a_form, causes, filled, refused
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return a_form()


@pytest.mark.parametrize("seal", ["", "forged", "gAAAA:1:2", "\x00"])
def test_a_page_without_our_seal_loses_nothing_that_was_typed(client, form, seal):
    answer = client.post("/f/guide/", filled(form, seal=seal))

    assert answer.status_code == 422
    assert 'value="Henrik"' in answer.content.decode()
    assert (Lead.objects.count(), len(refused())) == (0, 1)

    with time_machine.travel(timezone.now() + timedelta(seconds=20)):
        retry = filled(form, seal=str(answer.context["seal"]))
        assert client.post("/f/guide/", retry).headers["Location"] == "/f/guide/thanks/"
    assert Lead.objects.count() == 1


def test_the_seal_of_one_form_does_not_open_another(client, form):
    other = Form.objects.create(slug="other", title="Other", source=form.source)

    seal = seals.Seal.new(other, timezone.now() - timedelta(minutes=1))

    answer = client.post("/f/guide/", filled(form, seal=str(seal)))

    assert (answer.status_code, Lead.objects.count()) == (422, 0)


def test_a_page_that_was_open_for_a_week_still_keeps_what_was_typed(client, form):
    answer = client.post("/f/guide/", filled(form, opened=timedelta(days=8)))

    assert answer.status_code == 422
    assert 'value="Henrik"' in answer.content.decode()
    assert seals.Seal.read(str(answer.context["seal"]), form).at > timezone.now() - timedelta(minutes=1)


def test_who_fills_the_box_that_people_do_not_see_is_thanked_and_not_admitted(client, form):
    answer = client.post("/f/guide/", filled(form, leave_empty="http://spam.example"))

    assert answer.headers["Location"] == "/f/guide/thanks/"
    assert (Lead.objects.count(), refused()) == (0, ["The box that people don't see was filled in"])


def test_a_machine_that_answers_at_once_is_thanked_and_not_admitted(client, form):
    quick = client.post("/f/guide/", filled(form, opened=timedelta(0)))
    slow = client.post("/f/guide/", filled(form, opened=seals.SOONEST))

    assert (quick.headers["Location"], slow.headers["Location"]) == ("/f/guide/thanks/", "/f/guide/thanks/")
    assert (causes(), Lead.objects.count()) == (["quick"], 1)


def test_a_caught_machine_gets_the_very_same_answer_as_a_person(client, form):
    person = client.post("/f/guide/", filled(form))
    machine = client.post("/f/guide/", filled(form, leave_empty="x", email="a@b.example"))

    assert (person.status_code, person.content, dict(person.headers)) == (
        machine.status_code,
        machine.content,
        dict(machine.headers),
    )


def test_a_form_that_was_never_live_is_not_there(client, form):
    Form.objects.update(is_live=False)

    assert client.get("/f/guide/").status_code == 404
    assert client.post("/f/guide/", filled(form, seal="")).status_code == 404


def test_a_form_that_is_closed_while_it_is_filled_in_keeps_what_was_typed(client, form):
    sent = filled(form, talk_to_sales="on")
    Form.objects.update(is_live=False)

    answer = client.post("/f/guide/", sent)

    assert answer.status_code == 410
    assert "is kept" in answer.content.decode()
    assert (causes(), form.submissions.get().answers["first_name"]) == (["closed"], "Henrik")


# --- too many -----------------------------------------------------------------------------------------


def test_a_place_that_sends_too_much_is_thanked_kept_and_not_admitted(client, form, settings):
    settings.FORM_LIMITS = "2/9/9"

    answers = [client.post("/f/guide/", filled(form, email=f"{n}@x.example")) for n in range(3)]

    assert {answer.headers["Location"] for answer in answers} == {"/f/guide/thanks/"}
    assert (Lead.objects.count(), causes()) == (2, ["too_often"])


@pytest.mark.parametrize(
    ("limits", "addresses", "admitted"),
    [
        ("9/2/9", ["h@x.example", "H@x.example", "h@X.example"], 2),
        ("9/9/2", ["a@x.example", "b@x.example", "c@x.example"], 2),
        ("9/9/2", ["a@gmail.com", "b@gmail.com", "c@gmail.com"], 3),
    ],
)
def test_an_address_and_a_company_have_their_own(client, form, settings, limits, addresses, admitted):
    settings.FORM_LIMITS = limits

    for number, address in enumerate(addresses):
        client.post("/f/guide/", filled(form, email=address, field_title=f"Vice {number}"))

    assert form.submissions.filter(outcome="admitted").count() == admitted


def test_a_bucket_fills_up_again_within_the_hour(db, settings):
    settings.FORM_LIMITS = "2/2/2"
    minutes = (0, 0, 0, 29, 30, 31, 200, 200, 200)

    taken = [buckets.take({"place": "x"}, at=MONDAY_9AM + timedelta(minutes=after)) for after in minutes]

    assert taken == [True, True, False, False, True, False, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_take_the_same_token(settings):
    settings.FORM_LIMITS = "10/10/10"
    start, taken = threading.Barrier(8), []

    def send():
        start.wait()
        taken.extend(buckets.take({"place": "x", "domain": "y"}, at=MONDAY_9AM) for _ in range(4))
        connection.close()

    threads = [threading.Thread(target=send) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 22 + [True] * 10


def test_who_sent_is_kept_as_a_hash_and_never_in_the_clear(client, form):
    client.post("/f/guide/", filled(form), REMOTE_ADDR="203.0.113.77")

    keys = list(Bucket.objects.values_list("key", flat=True))
    kept = form.submissions.get()
    assert sorted(key.split(":")[0] for key in keys) == ["address", "domain", "place"]
    assert f"place:{kept.came_from}" in keys
    assert "203.0.113" not in str([keys, kept.__dict__])
    assert "aalberg" not in str(keys)


def test_neighbours_in_one_ipv6_network_are_one_place():
    assert buckets.place("2001:db8:1:2::1") == buckets.place("2001:db8:1:2:ffff::9")
    assert buckets.place("2001:db8:1:2::1") != buckets.place("2001:db8:1:3::1")
    assert buckets.place("::ffff:203.0.113.7") == buckets.place("203.0.113.7")


def test_a_full_bucket_is_forgotten(db):
    buckets.take({"place": "x"}, at=MONDAY_9AM)

    assert buckets.forget(MONDAY_9AM + timedelta(minutes=59)) == 0
    assert buckets.forget(MONDAY_9AM + timedelta(minutes=61)) == 1


@pytest.mark.parametrize(
    ("trusted", "remote", "said", "found"),
    [
        ([], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.0.9", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "nonsense"),
        (["2001:db8::/32"], "2001:db8::1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_what_a_proxy_says_is_believed_only_of_our_own(rf, settings, trusted, remote, said, found):
    settings.TRUSTED_PROXIES = trusted
    more = {"HTTP_X_FORWARDED_FOR": said} if said else {}

    assert whence(rf.get("/", REMOTE_ADDR=remote, **more)) == found
