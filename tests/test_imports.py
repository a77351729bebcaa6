"""Running imports: all of a file or nothing, tried out first, by one worker at a time."""

import pytest
from django.db import connection, transaction

from leads.imports import progress, running
from leads.models import Import, Lead, Source
from tests.importing import HOUR, PEOPLE, begin, bring, counts
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


def test_a_trial_tells_what_a_run_would_do_and_does_nothing():
    content = PEOPLE + "nobody,,,\n"
    trial = bring(content, wish="check")
    assert (trial.state, counts(trial), Lead.objects.count()) == (Import.State.CHECKED, (2, 0, 0, 1), 0)
    assert (Source.objects.count(), trial.rejected.count()) == (0, 1)

    done = bring(content)

    assert (done.state, counts(done), Lead.objects.count()) == (Import.State.DONE, (2, 0, 0, 1), 2)
    assert done.counts["sources"] == {"Fair": 1, "Web": 1}


def test_importing_twice_changes_nothing_and_says_so():
    bring(PEOPLE)
    before = list(Lead.objects.order_by("pk").values())

    again = bring(PEOPLE, at=MONDAY_9AM + HOUR)

    assert (counts(again), list(Lead.objects.order_by("pk").values())) == ((0, 0, 2, 0), before)


def test_all_of_a_file_comes_in_or_nothing(monkeypatch):
    def fail(*args):
        raise ZeroDivisionError("in the second chunk")

    monkeypatch.setattr("leads.imports.admitting.CHUNK", 2)
    batch = begin("email\n" + "".join(f"p{n}@a.example\n" for n in range(5)))
    running.ask(batch, "check")
    running.run_waiting(MONDAY_9AM)
    batch.refresh_from_db()
    running.ask(batch, "run")
    told = []
    monkeypatch.setattr(progress, "tell", lambda _batch, rows: told.append(rows) or (rows == 4 and fail()))

    with pytest.raises(ZeroDivisionError):
        running.run_waiting(MONDAY_9AM)

    batch.refresh_from_db()
    assert (told, Lead.objects.count(), batch.state) == ([2, 4], 0, Import.State.FAILED)
    assert batch.trouble == "ZeroDivisionError: in the second chunk"


def test_progress_is_seen_while_it_runs(monkeypatch, client, ines):
    seen = []
    monkeypatch.setattr("leads.imports.admitting.CHUNK", 1)
    monkeypatch.setattr(progress, "tell", lambda batch, rows: seen.append(rows))

    bring(PEOPLE, wish="check")

    assert seen == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_an_import_is_run_by_one_worker_and_by_another_when_that_one_is_dead():
    batch = begin(PEOPLE)
    running.ask(batch, "check")
    first = running.claim(MONDAY_9AM)
    late = MONDAY_9AM + running.LEASE + HOUR

    assert running.claim(MONDAY_9AM) is None  # its lease runs
    with transaction.atomic():
        assert running.mine(first)
        assert in_another_connection(lambda: running.claim(late)) is None  # it is alive and holds the row
    second = in_another_connection(lambda: running.claim(late))
    running.perform(first, late)
    assert Import.objects.get().state == Import.State.RUNNING  # what is not his any more he leaves alone
    running.perform(second, late)

    assert Import.objects.get().state == Import.State.CHECKED


def in_another_connection(work):
    import threading

    found = []

    def run():
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_the_file_is_forgotten_when_its_rows_are_in(django_capture_on_commit_callbacks, tmp_path):
    with django_capture_on_commit_callbacks(execute=True):
        batch = bring(PEOPLE)

    assert (batch.file.name, list(tmp_path.rglob("*.csv"))) == ("", [])
