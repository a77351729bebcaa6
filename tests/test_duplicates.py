"""Who looks like somebody else: found on entry and on request, settled by people, and never asked twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import intake, merging, suspecting
from leads.models import Lead, Merge, Suspicion
from people.models import Notice
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
AT = MONDAY_9AM


@pytest.fixture
def ruth(client):
    ruth = make.marketing_manager("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def pairs():
    return [
        ({one.one.name, one.two.name}, one.reasons)
        for one in suspecting.open_ones().order_by("-weight", "pk")
    ]


def person(first, last, **details):
    return make.lead(first_name=first, last_name=last, **details)


def twins(**details):
    return person("Karin", "Holt", phone="+4740000001", **details), person(
        "Kari", "Holt", phone="+4740000001"
    )


def test_the_same_phone_is_a_suspicion():
    twins()

    assert suspecting.suspect(AT) == 1
    assert pairs() == [({"Karin Holt", "Kari Holt"}, ["phone"])]


@pytest.mark.parametrize("written", [("KARIN", "Holt-Ås"), ("Holt Ås", "Karin"), ("Karín", "Holtas")])
def test_the_same_name_in_one_company_is_a_suspicion_however_it_is_written(written):
    dairy = make.account("Aalberg Dairy")
    person("Karin", "Holt-Ås", account=dairy)
    person(*written, account=dairy)
    person("Karin", "Holt-Ås", account=make.account("Another"))

    suspecting.suspect(AT)

    assert [reasons for _names, reasons in pairs()] == [["name"]]


def test_the_same_mailbox_name_across_the_domains_of_a_company_is_a_suspicion():
    dairy = make.account("Aalberg Dairy", domain="aalberg.no")
    make.lead(email="k.holt@aalberg.no", account=dairy)
    make.lead(email="K.Holt@aalberg.com", account=dairy)

    suspecting.suspect(AT)

    assert [reasons for _names, reasons in pairs()] == [["local"]]


def test_a_private_address_of_the_same_name_is_a_suspicion():
    person("Karin", "Holt", email="karin.holt@aalberg.no")
    person("Karin", "Holt", email="karin.holt@gmail.com")

    suspecting.suspect(AT)

    assert [reasons for _names, reasons in pairs()] == [["mailbox"]]


def test_what_a_whole_company_shares_says_nothing_of_a_person():
    for number in range(7):
        person(f"P{number}", "Holt", phone="+4722000000")

    assert suspecting.suspect(AT) == 0


def test_who_comes_in_is_compared_at_once_and_nobody_is_merged():
    make.marketing_manager()
    person("Karin", "Holt", email="karin.holt@aalberg.no", phone="+4740000001")

    intake.admit(
        [intake.Arrival(email="karin.holt@gmail.com", first_name="Karin", last_name="Holt", phone="40000001",
                        country="NO")],
        at=AT,
    )  # fmt: skip

    assert pairs() == [({"Karin Holt"}, ["mailbox", "phone"])]
    assert (Lead.objects.count(), Merge.objects.count()) == (2, 0)


def test_told_apart_once_they_never_come_up_again(client, ruth):
    twins()
    suspecting.suspect(AT)

    client.post(reverse("tell_apart", args=[Suspicion.objects.get().public_id]))

    assert suspecting.suspect(AT + timedelta(days=1)) == 0
    assert (pairs(), Suspicion.objects.get().by) == ([], ruth)


def test_whose_number_was_corrected_is_suspected_no_more():
    karin, _kari = twins()
    suspecting.suspect(AT)
    Lead.objects.filter(pk=karin.pk).update(phone="+4799999999")

    suspecting.suspect(AT)

    assert Suspicion.objects.count() == 0


def test_whoever_takes_up_new_leads_hears_of_new_pairs_once_a_day():
    ruth = make.marketing_manager("Ruth Amaro")
    twins()

    suspecting.look(AT)
    person("Third", "Holt", phone="+4740000001")
    suspecting.look(AT + timedelta(hours=1))

    assert [(one.user, one.subject) for one in Notice.objects.filter(channel="in_app")] == [
        (ruth, "1 new pair of leads looks like one person")
    ]


# --- the pages ------------------------------------------------------------------------------------------


def test_the_pairs_stand_on_a_page_with_both_people_and_why(client, ruth):
    twins()
    suspecting.suspect(AT)

    text = client.get("/duplicates/").content.decode()

    assert [word in text for word in ("Karin Holt", "Kari Holt", "same phone")] == [True] * 3


def test_every_pair_is_on_one_page_of_the_list_and_the_list_costs_the_same(client, ruth):
    for number in range(suspecting.MOST * 10):
        person(f"A{number}", "X", phone=f"+47400{number:05}")
        person(f"B{number}", "X", phone=f"+47400{number:05}")
    suspecting.suspect(AT)

    seen, after = [], ""
    counts = set()
    while True:
        with CaptureQueriesContext(connection) as asked:
            found, after = suspecting.page(after, 25)
        counts.add(len(asked))
        seen += [one.pk for one in found]
        if not after:
            break

    assert sorted(seen) == sorted(Suspicion.objects.values_list("pk", flat=True))
    assert counts == {1}


@pytest.mark.parametrize("after", ["x", "1~", "9~99999999999999999999", "~", "-1~5"])
def test_a_key_that_nobody_wrote_begins_at_the_beginning(client, ruth, after):
    twins()
    suspecting.suspect(AT)

    assert "Karin Holt" in client.get("/duplicates/", {"after": after}).content.decode()


def test_the_preview_says_what_will_hold_and_changes_nothing(client, ruth):
    karin, kari = twins()

    text = client.get(reverse("merge", args=[karin.public_id, kari.public_id])).content.decode()

    assert [word in text for word in ("Karin Holt stays", "take_email", "take_first_name")] == [True] * 3
    assert Lead.objects.filter(merged_into=None).count() == 2


def test_merged_on_the_page_the_old_address_leads_on_and_it_can_be_taken_back(client, ruth):
    karin, kari = twins()
    there = reverse("merge", args=[karin.public_id, kari.public_id])

    answer = client.post(there, {"take_email": "theirs", "take_first_name": "mine"})

    assert answer.headers["Location"] == karin.get_absolute_url()
    assert Lead.objects.get(pk=karin.pk).email == kari.email
    assert client.get(kari.get_absolute_url()).headers["Location"] == karin.get_absolute_url()
    undo = reverse("unmerge", args=[Merge.objects.get().public_id])
    assert undo in client.get(karin.get_absolute_url()).content.decode()

    client.post(undo)

    assert Lead.objects.get(pk=karin.pk).email == karin.email
    assert client.get(kari.get_absolute_url()).status_code == 200


def test_merged_twice_says_so(client, ruth):
    karin, kari = twins()
    there = reverse("merge", args=[karin.public_id, kari.public_id])
    client.post(there)

    text = client.post(there, follow=True).content.decode()

    assert "Kari Holt was merged into Karin Holt already." in text


def test_whom_a_lead_looks_like_stands_on_its_page_and_anybody_can_be_searched(client, ruth):
    karin, kari = twins()
    suspecting.suspect(AT)

    assert "Looks like" in client.get(karin.get_absolute_url()).content.decode()
    there = reverse("merge_find", args=[karin.public_id])
    assert reverse("merge", args=[karin.public_id, kari.public_id]) in client.get(there).content.decode()
    found = client.get(there, {"q": "kari holt"}).context["found"]
    assert [one.pk for one in found] == [kari.pk]


def test_a_rep_who_held_one_of_them_finds_the_one_they_are_now(client, ruth):
    karin, kari = twins()
    marit = make.rep("Marit Dahl")
    make.handoff(kari, rep=marit)
    merging.merge(karin, kari, by=ruth, at=AT + timedelta(minutes=1))
    client.force_login(marit)

    assert client.get(kari.get_absolute_url(), follow=True).status_code == 200
