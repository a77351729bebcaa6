"""Two accounts that are one company: people, target, owner, domains and facts follow, and return."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import belonging, facts, intake
from leads.accounts import alike
from leads.accounts.merging import merge
from leads.accounts.unmerging import unmerge
from leads.arrivals import Arrival
from leads.facts import Answer
from leads.merging import Refused
from leads.models import (
    Account,
    AccountMerge,
    AccountMove,
    AccountStanding,
    AccountSuspicion,
    Fact,
    Lead,
    Saying,
    Tally,
)
from leads.tasks import look_for_duplicates
from leads.vocabulary import facts_of
from tests import make
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
AT, DAY = MONDAY_9AM, timedelta(days=1)
SOON = AT + timedelta(hours=1)


@pytest.fixture
def ines():
    return make.marketing_manager()


@pytest.fixture
def dairy():
    return make.account("Aalberg Dairy", domain="aalberg.no")


@pytest.fixture
def other():
    return make.account("Aalberg Dairy AS", domain="aalberg.com")


def now(row):
    return type(row).objects.get(pk=row.pk)


def arrive(email, at=SOON, **said):
    intake.admit([Arrival(email=email, **said)], at=at)
    return Lead.objects.get(email__iexact=email)


def say(account, value, saying, at=AT):
    facts.learn([Answer("industry", value, saying, at, account_id=account.pk)], known_at=at)


def snapshot():
    """Everything that merging changes and taking it back restores."""
    return (
        list(Account.objects.order_by("pk").values()),
        list(Lead.objects.order_by("pk").values_list("pk", "account")),
        list(Fact.objects.order_by("pk").values()),
    )


def test_people_move_with_a_dated_row_each_and_the_other_account_stays_behind_as_a_way(ines, dairy, other):
    karin, ola = make.lead(account=dairy), make.lead(account=other)

    done = merge(dairy, other, by=ines, at=SOON)

    assert list(Lead.objects.order_by("pk").values_list("account", flat=True)) == [dairy.pk, dairy.pk]
    assert now(other).merged_into == dairy
    moves = AccountMove.objects.values_list("lead", "was", "now", "by", "merge", "at")
    assert list(moves) == [(ola.pk, other.pk, dairy.pk, ines.pk, done.pk, SOON)]
    due = Tally.objects.filter(next_check_at=SOON).values_list("lead", flat=True)
    assert set(due) == {karin.pk, ola.pk}


def test_a_target_stays_a_target_and_whoever_owned_one_owns_both(ines, dairy, other):
    marit = make.rep("Marit Dahl")
    other.stand(is_target=True, owner=marit, at=AT)

    merge(dairy, other, by=ines, at=SOON)

    assert (now(dairy).is_target, now(dairy).owner) == (True, marit)
    row = AccountStanding.objects.get(account=dairy)
    assert (row.is_target, row.owner, row.by, row.at) == (True, marit, ines, SOON)


def test_between_two_names_and_two_owners_the_reader_chooses(ines, dairy, other):
    marit, anders = make.rep("Marit Dahl"), make.rep("Anders Lie")
    dairy.stand(is_target=False, owner=marit, at=AT)
    other.stand(is_target=False, owner=anders, at=AT)

    merge(dairy, other, by=ines, at=SOON, taken=["name", "owner", "domain"])

    assert (now(dairy).name, now(dairy).owner, now(dairy).domain) == (
        "Aalberg Dairy AS",
        anders,
        "aalberg.no",
    )


def test_what_is_known_of_both_is_won_by_grade_then_recency(ines, dairy, other):
    say(dairy, "Food", Saying.ENRICHED)
    say(other, "Dairy", Saying.VERIFIED, AT - DAY)

    merge(dairy, other, by=ines, at=SOON)

    assert now(dairy).facts == {"industry": "Dairy"}
    say(dairy, "Logistics", Saying.VERIFIED, SOON)
    assert now(dairy).facts == {"industry": "Logistics"}


def test_whoever_comes_by_the_others_domain_or_name_comes_to_the_one_that_stays(ines, dairy, other):
    named = make.account("Aalberg Logistics")
    merge(dairy, other, by=ines, at=SOON)
    merge(dairy, named, by=ines, at=SOON)

    come = [arrive("a@aalberg.com"), arrive("b@gmail.com", company="aalberg logistics")]

    assert [now(one).account for one in come] == [dairy, dairy]
    assert Account.objects.count() == 3


def test_nobody_joins_an_account_that_was_folded_in(ines, dairy, other):
    merge(dairy, other, by=ines, at=SOON)

    assert now(make.lead(account=other)).account == dairy


def test_taken_back_everything_stands_as_before(ines, dairy, other):
    make.lead(account=dairy)
    make.lead(account=other)
    other.stand(is_target=True, owner=make.rep(), at=AT)
    say(dairy, "Food", Saying.ENRICHED)
    say(other, "Dairy", Saying.VERIFIED)
    before = snapshot()
    done = merge(dairy, other, by=ines, at=SOON, taken=["name"])

    unmerge(done, by=ines, at=SOON + 30 * DAY)

    assert snapshot() == before
    assert [row.is_target for row in dairy.standings.all()] == [False, True]


def test_taken_back_who_was_moved_since_stays_and_who_came_by_its_domain_goes(ines, dairy, other):
    ola, third = make.lead(account=other), make.account("Third")
    done = merge(dairy, other, by=ines, at=SOON)
    belonging.move(now(ola), third, by=ines, at=SOON + DAY)
    theirs, ours = arrive("a@aalberg.com", SOON + DAY), arrive("b@aalberg.no", SOON + DAY)

    unmerge(done, by=ines, at=SOON + 2 * DAY)

    assert [now(one).account for one in (ola, theirs, ours)] == [third, other, dairy]


def test_what_was_said_since_the_merge_stays(ines, dairy, other):
    marit = make.rep("Marit Dahl")
    other.stand(is_target=True, owner=None, at=AT)
    done = merge(dairy, other, by=ines, at=SOON)
    now(dairy).stand(is_target=True, owner=marit, by=ines, at=SOON + DAY)

    unmerge(done, by=ines, at=SOON + 2 * DAY)

    assert (now(dairy).is_target, now(dairy).owner) == (True, marit)


def test_after_30_days_or_where_another_merge_stands_upon_it_it_is_not_taken_back(ines, dairy, other):
    first = merge(dairy, other, by=ines, at=SOON)
    with pytest.raises(Refused, match="30 days"):
        unmerge(first, by=ines, at=SOON + 30 * DAY + timedelta(seconds=1))
    third = make.account("Third")
    second = merge(dairy, third, by=ines, at=SOON + DAY)
    with pytest.raises(Refused, match="Third was merged into it since"):
        unmerge(first, by=ines, at=SOON + DAY)
    unmerge(second, by=ines, at=SOON + DAY)
    unmerge(first, by=ines, at=SOON + DAY)
    with pytest.raises(Refused, match="already"):
        unmerge(first, by=ines, at=SOON + DAY)


def test_a_chain_of_merges_ends_at_one_account_and_opens_again(ines, dairy, other):
    ola = make.lead(account=other)
    third = make.account("Third")
    merge(dairy, other, by=ines, at=SOON)
    second = merge(third, dairy, by=ines, at=SOON + DAY)

    assert (now(other).merged_into, now(ola).account) == (third, third)

    unmerge(second, by=ines, at=SOON + 2 * DAY)
    assert (now(other).merged_into, now(ola).account) == (dairy, dairy)


def test_an_account_is_not_merged_with_itself_nor_twice(ines, dairy, other):
    with pytest.raises(Refused, match="itself"):
        merge(dairy, dairy, by=ines, at=SOON)
    merge(dairy, other, by=ines, at=SOON)
    with pytest.raises(Refused, match="already"):
        merge(make.account("Third"), other, by=ines, at=SOON)


def test_a_back_test_sees_the_account_as_it_was_known_then(ines, dairy, other):
    karin = make.lead(account=dairy)
    say(other, "Dairy", Saying.VERIFIED)
    merge(dairy, other, by=ines, at=SOON)

    seen = [facts_of([karin.pk], at=at, as_of=True)[karin.pk]["industry"] for at in (AT, SOON)]

    assert seen == [None, "Dairy"]


@pytest.mark.django_db(transaction=True)
def test_who_arrives_during_a_merge_ends_with_the_one_that_stays():
    ines, dairy = make.marketing_manager(), make.account("Aalberg", domain="aalberg.no")
    other = make.account("Aalberg AS", domain="aalberg.com")
    held, free = threading.Event(), threading.Event()

    def merging():
        with transaction.atomic():
            merge(dairy, other, by=ines, at=SOON)
            held.set()
            free.wait(5)
        connection.close()

    def arriving():
        held.wait(5)
        try:
            return arrive("a@aalberg.com").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        first, second = both.submit(merging), both.submit(arriving)
        held.wait(5)
        assert not second.done()
        free.set()
        first.result(20)
        lead = second.result(20)

    assert Lead.objects.get(pk=lead).account == dairy


@pytest.mark.django_db(transaction=True)
def test_a_merge_gives_up_quickly_while_somebody_is_at_work_in_the_account():
    ines, dairy, other = make.marketing_manager(), make.account("Aalberg"), make.account("Aalberg AS")
    lead, held, free = make.lead(account=other), threading.Event(), threading.Event()

    def working():
        with transaction.atomic():
            Lead.objects.select_for_update().get(pk=lead.pk)
            held.set()
            free.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as one:
        work = one.submit(working)
        held.wait(5)
        with pytest.raises(OperationalError):
            merge(dairy, other, by=ines, at=SOON)
        free.set()
        work.result(10)

    assert (now(lead).account, AccountMerge.objects.count()) == (other, 0)


# --- who looks alike -------------------------------------------------------------------------------------


def pairs():
    found = AccountSuspicion.objects.filter(verdict="").order_by("one_id", "two_id")
    return [(one.one.name, one.two.name, one.reasons) for one in found]


def test_accounts_look_alike_by_their_names_without_forms_and_by_what_their_domains_say():
    make.account("Aalberg Dairy GmbH & Co. KG", domain="one.example")
    make.account("AALBERG dairy", domain="two.example")
    make.account("Hølt", domain="holt.no")
    make.account("Holt Group", domain="mail.holt.co.uk")
    make.account("Brand")
    make.account("Something", domain="brand.de")
    make.account("Alone", domain="alone.example")

    assert alike.suspect(AT) == 3

    assert pairs() == [
        ("Aalberg Dairy GmbH & Co. KG", "AALBERG dairy", ["name"]),
        ("Hølt", "Holt Group", ["domain"]),
        ("Brand", "Something", ["domain"]),
    ]


def test_what_many_share_says_nothing_and_what_is_settled_is_not_asked_again(ines, dairy, other):
    for number in range(7):
        make.account(f"Region {number}", domain=f"{number}.shared.org")
    make.account("Third", domain="third.example")
    alike.suspect(AT)
    assert pairs() == [("Aalberg Dairy", "Aalberg Dairy AS", ["domain", "name"])]
    done = merge(dairy, other, by=ines, at=SOON)
    unmerge(done, by=ines, at=SOON)

    look_for_duplicates()
    look_for_duplicates()

    assert pairs() == []


# --- pages -----------------------------------------------------------------------------------------------


def test_from_the_list_to_the_merge_and_back_by_its_buttons(client, ines, dairy, other):
    make.lead(first_name="Ola", last_name="Vik", account=other)
    alike.suspect(AT)
    client.force_login(ines)

    assert "1 pair looks like one company" in client.get("/accounts/").content.decode()
    assert "Not the same company" in client.get(reverse("account_duplicates")).content.decode()
    there = reverse("account_merge", args=[dairy.public_id, other.public_id])
    text = client.get(there).content.decode()
    assert [word in text for word in ("1 person moves to Aalberg Dairy.", "aalberg.no, aalberg.com")] == [
        True
    ] * 2
    assert client.post(there, {"take_name": "theirs"})["Location"] == dairy.get_absolute_url()
    assert client.get(other.get_absolute_url())["Location"] == dairy.get_absolute_url()
    text = client.get(dairy.get_absolute_url()).content.decode()
    assert [word in text for word in ("Ola Vik", "aalberg.com", "Make them two again")] == [True] * 3
    assert [one.name for one in client.get("/accounts/").context["accounts"]] == ["Aalberg Dairy AS"]
    undo = reverse("account_unmerge", args=[AccountMerge.objects.get().public_id])
    assert client.post(undo)["Location"] == other.get_absolute_url()
    assert client.get(other.get_absolute_url()).status_code == 200
    assert client.post(undo)["Location"] == dairy.get_absolute_url()


def test_a_pair_is_kept_apart_once(client, ines, dairy, other):
    alike.suspect(AT)
    client.force_login(ines)
    apart = reverse("account_apart", args=[AccountSuspicion.objects.get().public_id])

    client.post(apart)
    client.post(apart)

    assert (pairs(), AccountSuspicion.objects.get().by) == ([], ines)


def test_another_account_is_found_by_words(client, ines, dairy, other):
    client.force_login(ines)
    there = reverse("account_merge_find", args=[dairy.public_id])

    assert "aalberg.com" in client.get(there, {"q": "aalberg.co\x00m"}).content.decode()
    assert list(client.get(there).context["found"]) == []


def test_a_pages_of_pairs_costs_the_same_for_one_and_for_many(client, ines):
    client.force_login(ines)
    counts = []
    for number in (1, 9):
        for place in range(number):
            make.account(f"Firm {number}{place} GmbH", domain=f"a{number}{place}.example")
            make.account(f"Firm {number}{place} AG", domain=f"b{number}{place}.example")
        alike.suspect(AT)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("account_duplicates"))
        counts.append(len(asked))

    assert counts[0] == counts[1]
