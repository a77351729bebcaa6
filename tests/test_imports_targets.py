"""Target lists imported: companies found or made, standings dated, and all of it taken back."""

import pytest

from leads.models import Account, AccountStanding, Tally
from tests import make
from tests.importing import HOUR, bring, counts, problems, take_back, upload
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]
LIST = (
    "Company,Domain,Owner e-mail,Target\n"
    "Aalberg Dairy,https://www.aalberg.example/,MARIT@kessel.example,yes\n"
    "Borg Foods,,,\n"
    "Carlsen,carlsen.example,,no\n"
)


@pytest.fixture
def marit():
    marit = make.rep("Marit Dahl")
    marit.email = "marit@kessel.example"
    marit.save()
    return marit


def stand():
    return list(
        Account.objects.order_by("name", "domain").values_list("name", "domain", "is_target", "owner__name")
    )


def due():
    return sorted(Tally.objects.exclude(next_check_at=None).values_list("lead__first_name", flat=True))


def test_a_target_list_is_told_by_its_columns_and_importing_it_twice_changes_nothing(marit):
    first = bring(LIST)
    before = (stand(), list(AccountStanding.objects.values()))

    again = bring(LIST, at=MONDAY_9AM + HOUR)

    assert (first.what, counts(first), counts(again)) == ("targets", (3, 0, 0, 0), (0, 0, 3, 0))
    assert (stand(), list(AccountStanding.objects.values())) == before
    assert stand() == [
        ("Aalberg Dairy", "aalberg.example", True, "Marit Dahl"),
        ("Borg Foods", "", True, None),
        ("Carlsen", "carlsen.example", False, None),
    ]


def test_a_company_is_known_by_its_domain_else_by_its_name_and_gets_the_domain_it_lacked():
    make.account("Called otherwise", domain="aalberg.example")
    make.account("borg foods")
    make.account("Carlsen", domain="another.example")

    batch = bring(
        "name,domain,target\nAalberg,Aalberg.example,\nBorg Foods,borg.example,\nCarlsen,carlsen.example,\n"
    )

    assert counts(batch) == (1, 2, 0, 0)
    assert stand() == [
        ("Called otherwise", "aalberg.example", True, None),
        ("Carlsen", "another.example", False, None),
        ("Carlsen", "carlsen.example", True, None),
        ("borg foods", "borg.example", True, None),
    ]


def test_what_cannot_be_a_target_is_named_by_row_and_column():
    make.account("Twin", domain="one.example")
    make.account("Twin", domain="two.example")

    batch = bring(
        "name,domain,owner,target\nA,gmail.com,,\nB,no domain,,\nC,,nobody@x.example,\nD,,,maybe\n,,,yes\n"
        "Twin,,,yes\nSame,,,yes\nSame,,,no\n"
    )

    assert [row[:2] for row in problems(batch)] == [
        (2, "domain"), (3, "domain"), (4, "owner"), (5, "target"), (6, "name"), (7, "name"), (9, "target"),
    ]  # fmt: skip
    assert counts(batch) == (1, 0, 0, 7)


def test_a_trial_writes_nothing(marit):
    batch = bring(LIST, wish="check")

    assert (counts(batch), stand(), AccountStanding.objects.count()) == ((3, 0, 0, 0), [], 0)


def test_a_target_list_is_asked_nothing_about_what_its_rows_leave_out(client, ines):
    client.force_login(ines)

    found = [upload(client, text).url for text in (LIST, "E-mail\na@b.example\n")]
    pages = [client.get(url).content.decode() for url in found]

    assert ["What the rows leave out" in page for page in pages] == [False, True]


def test_a_blank_owner_leaves_whose_it_is_and_the_leads_of_a_changed_company_are_looked_at(marit):
    dairy = make.account("Aalberg", domain="aalberg.example", owner=marit)
    make.lead(first_name="Karin", account=dairy)
    make.lead(first_name="Olaf", account=make.account("Borg", domain="borg.example", is_target=True))

    bring("domain,target\naalberg.example,yes\nborg.example,yes\n")

    assert (stand(), due()) == (
        [("Aalberg", "aalberg.example", True, "Marit Dahl"), ("Borg", "borg.example", True, None)],
        ["Karin"],
    )


def test_an_undo_puts_back_how_companies_stood_and_leaves_those_that_were_changed_since(marit, ines):
    dairy = make.account("Aalberg Dairy", domain="aalberg.example", owner=marit)
    borg = make.account("Borg Foods")
    borg.stand(is_target=False, owner=marit, at=MONDAY_9AM - HOUR)
    edited = make.account("Carlsen", domain="carlsen.example")
    batch = bring(
        "name,domain,target\n,aalberg.example,\nBorg Foods,,\n,carlsen.example,\nNew,new.example,\n"
    )
    edited.stand(is_target=True, owner=marit, by=ines, at=MONDAY_9AM + HOUR)
    make.lead(first_name="Karin", account=dairy)

    said = take_back(batch)

    assert said == [
        "3 companies stand as before.",
        "1 company was changed since and was left alone.",
        "1 company was removed.",
    ]
    assert [one[2:] for one in stand()] == [
        (False, "Marit Dahl"),
        (False, "Marit Dahl"),
        (True, "Marit Dahl"),
    ]
    assert (AccountStanding.objects.filter(imported_by=batch).count(), due()) == (0, ["Karin"])
