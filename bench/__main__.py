"""`python -m bench [scores …]`: print the benchmark's figures; without a name, of all of them.

It works in a database of its own, `baton_bench`, on the server that DATABASE_URL names, else on an
embedded one that it starts for itself and throws away; the database is made anew and dropped at the end.
A benchmark whose data takes minutes to make may offer `--keep`, which leaves its database for the next run.
"""

import argparse
import contextlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator

import psycopg
from psycopg import sql

BENCHES = ["scores", "imports", "talk", "lists", "ingest", "mail"]
NAME = "baton_bench"


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server that may be worked hard."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    os.environ["BATON_HOME"] = home = tempfile.mkdtemp(prefix="baton bench ")
    os.chmod(home, 0o711)  # noqa: S103 - the database's own account must get through to its folder
    from config import embedded, servers
    from config.processes import Supervisor

    embedded.note(ports={"postgres": embedded.free_port(28432)})
    postgres, supervisor = servers.Postgres(), Supervisor()
    postgres.prepare()
    try:
        supervisor.start(postgres.part())
        yield embedded.database_url()
    finally:
        supervisor.stop()
        shutil.rmtree(home)


@contextlib.contextmanager
def database(url: str, kept: str) -> Iterator[None]:
    """A migrated database that Django speaks to: empty and dropped at the end, or the one that is kept."""
    place, _slash, _name = url.rpartition("/")
    name = kept or NAME
    with psycopg.connect(f"{place}/postgres", autocommit=True) as maintenance:
        if not kept:
            maintenance.execute(f"DROP DATABASE IF EXISTS {NAME}")
        if not maintenance.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    os.environ |= {"DATABASE_URL": f"{place}/{name}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.setdefault("BROKER_URL", "memory://")
    try:
        start_django()
        yield
    finally:
        from django.db import connection

        connection.close()
        if not kept:
            with psycopg.connect(f"{place}/postgres", autocommit=True) as maintenance:
                maintenance.execute(f"DROP DATABASE {NAME}")


def start_django() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SET jit = off")  # as on the embedded server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rounds", type=int, default=3)
    names = parser.add_subparsers(dest="bench")
    for name in BENCHES:
        module = importlib.import_module(f"bench.{name}")
        module.arguments(names.add_parser(name, help=(module.__doc__ or "").partition("\n")[0]))
    given = parser.parse_args()
    chosen = [given] if given.bench else [parser.parse_args([name]) for name in BENCHES]
    with server() as url:
        for options in chosen:
            with database(url, getattr(options, "keep", "")):
                importlib.import_module(f"bench.{options.bench}").run(options)


if __name__ == "__main__":
    main()
