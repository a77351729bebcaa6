"""What the database refuses: each promise is broken here, answers by its name, and is missed when gone."""

import pytest
from django.db import IntegrityError, connection

from handoff.models import Handoff, Offer
from leads import partitions
from tests import make
from tests.promises import forms, handoff, known, leads, lists, merging, nurture, people
from tests.promises.breaking import (
    AT,
    LATER,
    broken,
    commit,
    delete,
    erasing,
    forget,
    promised,
    settled,
    update,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
FILES = (people, leads, known, forms, lists, merging, nurture, handoff)
LEDGERS = {sentence: ledger for file in FILES for sentence, ledger in file.LEDGERS.items()}
ILLEGAL = {
    **{sentence: attempts for file in FILES for sentence, attempts in file.ILLEGAL.items()},
    **{sentence: [ledger.change, ledger.delete] for sentence, ledger in LEDGERS.items()},
}
ATTEMPTS = [
    pytest.param(sentence, attempt, id=f"{sentence}-{number}")
    for sentence, attempts in ILLEGAL.items()
    for number, attempt in enumerate(attempts if isinstance(attempts, list) else [attempts], 1)
]
#: Triggers that write rather than refuse, each with a question: is it written?
WRITERS = {**leads.WRITERS, **known.WRITERS, **lists.WRITERS, **merging.WRITERS}
BELL = "an_open_inbox_hears_of_every_offer"


@pytest.fixture(autouse=True)
def month(db):
    """The partition that activities of these tests fall into."""
    partitions.ensure(AT, AT)


@pytest.mark.parametrize(("sentence", "attempt"), ATTEMPTS)
def test_the_database_refuses(sentence, attempt):
    with pytest.raises(IntegrityError) as refused:
        commit(attempt)

    assert broken(refused.value) == sentence


@pytest.mark.parametrize(("sentence", "attempt"), ATTEMPTS)
def test_without_its_promise_the_illegal_state_is_stored(sentence, attempt):
    forget(sentence)

    commit(attempt)


def test_every_promise_is_tried_here():
    assert set(promised()) == {*ILLEGAL, *WRITERS, BELL}


@pytest.mark.parametrize("sentence", LEDGERS)
def test_erasure_blanks_what_is_personal_in_a_ledger_and_nothing_else(sentence):
    ledger = LEDGERS[sentence]
    row = ledger.make()
    erasing()

    update(row, **ledger.erasable)

    row.refresh_from_db()
    assert {name: getattr(row, name) for name in ledger.erasable} == ledger.erasable
    for field in row._meta.concrete_fields:
        if field.attname not in ledger.erasable and not field.primary_key:
            other = None if getattr(row, field.attname) is not None else 0
            with pytest.raises(IntegrityError) as refused:
                commit(lambda name=field.attname, other=other: update(row, **{name: other}))
            assert broken(refused.value) == sentence


@pytest.mark.parametrize("sentence", LEDGERS)
def test_erasure_alone_may_take_a_row_out_of_a_ledger(sentence):
    row = LEDGERS[sentence].make()
    erasing()

    commit(lambda: delete(row))

    assert not type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("sentence", WRITERS)
def test_what_a_trigger_writes_stands_there_and_is_missing_without_it(sentence):
    is_written = WRITERS[sentence]
    assert settled(is_written())

    forget(sentence)

    assert not is_written()


@pytest.mark.django_db(transaction=True)
def test_an_open_inbox_hears_of_every_offer_and_without_its_trigger_of_none():
    model, bell = promised()[BELL]

    rep = make.rep()
    assert heard_while_passing_to(rep) == [str(rep.pk)]

    bell.uninstall(model)
    try:
        assert heard_while_passing_to(rep) == []
    finally:
        bell.install(model)


def heard_while_passing_to(rep):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN inbox")
        make.handoff(rep=rep)
        cursor.execute("UNLISTEN inbox")
    return [one.payload for one in connection.connection.notifies(timeout=0)]


def test_an_undone_handoff_is_open_again_and_only_that_way():
    handoff = make.handoff()
    handoff.accept(by=handoff.open_offer.user, seen=0, at=LATER)
    handoff.refresh_from_db()

    handoff.undo(by=handoff.rep, at=LATER)

    assert Handoff.objects.get().state == "open"
    assert [one.outcome for one in Offer.objects.order_by("pk")] == ["withdrawn", ""]
