"""The embedded servers: made once, kept over restarts and kills, and nobody's business but ours."""

import os
import shutil
import signal
import socket
import stat
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded, servers
from tests import services

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


def start_both(supervisor, options=servers.QUICK):
    database = servers.Postgres(**options)
    database.prepare()
    supervisor.start(database.part())
    supervisor.start(servers.valkey_part())
    return database


def query(statement):
    with psycopg.connect(embedded.database_url(), autocommit=True) as there:
        cursor = there.execute(statement)
        return cursor.fetchall() if cursor.description else None


def pids(supervisor):
    return [keeper.process.pid for keeper in supervisor.keepers]


def test_the_servers_keep_their_data_over_a_restart(supervisor):
    start_both(supervisor)
    query("CREATE TABLE kept AS SELECT 42 AS answer")
    supervisor.stop()

    start_both(supervisor)

    assert query("SELECT answer FROM kept") == [(42,)]


def test_nothing_is_left_running_after_a_stop(supervisor):
    start_both(supervisor)
    kept = [psutil.Process(pid) for pid in pids(supervisor)]
    running = [*kept, *(child for one in kept for child in one.children(recursive=True))]

    supervisor.stop()

    assert len(running) > len(kept)  # the database's own processes
    assert [one for one in running if one.is_running()] == []


def test_servers_that_were_killed_start_again_on_the_same_data(supervisor):
    start_both(supervisor, options={})
    query("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in pids(supervisor):
        os.kill(pid, signal.SIGKILL)
    for keeper in supervisor.keepers:
        keeper.process.wait()
    supervisor.keepers.clear()

    start_both(supervisor, options={})

    assert query("SELECT answer FROM kept") == [(42,)]


def test_a_server_that_dies_is_started_again(supervisor):
    database = start_both(supervisor)
    before = pids(supervisor)[0]
    os.kill(before, signal.SIGKILL)
    supervisor.keepers[0].process.wait()

    assert not database.ready()
    supervisor.wait(supervisor.keepers[0].part, within=30)

    assert pids(supervisor)[0] != before


def test_a_taken_port_is_left_alone_and_the_address_follows(supervisor):
    number = embedded.free_port(24000)
    embedded.note(ports={"postgres": number})
    with socket.create_server(("127.0.0.1", number)):
        start_both(supervisor)

    assert embedded.port("postgres") != number
    assert query("SHOW port") == [(str(embedded.port("postgres")),)]


def test_the_database_asks_for_the_password(supervisor):
    start_both(supervisor)
    wrong = embedded.database_url().replace(embedded.secret("database_password"), "guess")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_database_stands_on_version_18_with_sorting_that_no_system_update_changes(supervisor):
    start_both(supervisor)

    assert query("SELECT current_setting('server_version_num')::int / 10000") == [(18,)]
    assert query("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'baton'") == [
        ("b", "C.UTF-8")
    ]


@as_root
def test_as_root_the_data_belongs_to_nobody(home, supervisor):
    start_both(supervisor)

    assert (home / "postgres").owner() == "nobody"
    assert psutil.Process(pids(supervisor)[0]).username() == "nobody"


@as_root
def test_a_home_that_nobody_can_enter_keeps_its_data_elsewhere_and_says_where(
    folder, home, supervisor, capsys
):
    (folder / "outside").mkdir()
    embedded.home().chmod(0o700)

    database = start_both(supervisor)

    assert database.place == servers.outside() / "postgres"
    assert str(servers.outside()) in capsys.readouterr().out
    assert query("SELECT 1") == [(1,)]


def test_sizes_follow_the_machine():
    small, large = (servers.postgres_options(size * 2**30) for size in (2, 128))

    assert (small["shared_buffers"], large["shared_buffers"]) == ("256MB", "4096MB")


def test_secrets_are_made_once_and_readable_by_their_owner_alone(home):
    first = embedded.secret("secret_key")

    assert embedded.secret("secret_key") == first
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret_key"]


def test_a_full_disk_is_said_before_anything_starts(home, monkeypatch):
    monkeypatch.setattr(servers.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))

    with pytest.raises(embedded.Trouble, match="is full: 0 MB left"):
        servers.room_on_disk()


def test_the_suite_starts_no_server_in_a_home_that_it_did_not_make(monkeypatch):
    monkeypatch.setattr(embedded, "HOME", Path(__file__).resolve().parent.parent / ".baton")

    with pytest.raises(RuntimeError, match="is not a throwaway home"):
        services.Services().start()
