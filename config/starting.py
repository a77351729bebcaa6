"""How a start goes, told in plain words while it happens."""

import os
import subprocess

from django.conf import settings

from config import embedded, parts, servers
from config.embedded import Trouble
from config.processes import Supervisor, say, tail
from handoff.demo import ACCOUNTS, PASSWORD


def claim_address(host: str, port: int) -> None:
    try:
        free = embedded.port_is_free(port, host)
    except PermissionError:
        raise Trouble(f"Port {port} is for root only. Choose one above 1023: PORT=8000 make up") from None
    if not free:
        other = embedded.free_port(port + 1)
        raise Trouble(
            f"Port {port} is taken by another program on this machine.\nChoose another: PORT={other} make up"
        )
    embedded.note(ports={**embedded.state().get("ports", {}), "web": port})


def environment(*, prod: bool, port: int) -> None:
    """What every part inherits."""
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    if prod:
        os.environ["DEBUG"] = "0"


def wants_demo(*, prod: bool) -> bool:
    """How an installation began stays so: demo data is never mixed into somebody's real leads."""
    began, asked = embedded.state().get("began"), os.environ.get("DEMO")
    outside = bool(os.environ.get("DATABASE_URL"))
    wanted = asked not in ("0", "") if asked is not None else not (prod or outside)
    if began is None:
        began = "demo" if wanted else "empty"
        embedded.note(began=began)
    elif asked is not None and wanted != (began == "demo"):
        say(f"  This installation began as {began} and stays so; `make reset` forgets it and begins anew.")
    os.environ["DEMO"] = "1" if began == "demo" else "0"
    return began == "demo"


def start_servers(supervisor: Supervisor) -> None:
    """Each server only where no address was given."""
    if os.environ.get("DATABASE_URL"):
        say("Database: the one that DATABASE_URL names")
    else:
        again = "postgres_place" in embedded.state()
        say("Database: PostgreSQL of our own" + ("" if again else ", made now for the first time"))
        database = servers.Postgres()
        database.prepare()
        supervisor.start(database.part())
    if os.environ.get("BROKER_URL"):
        say("Broker: the one that BROKER_URL names")
    else:
        say("Broker: Valkey of our own")
        supervisor.start(servers.valkey_part())
    if not os.environ.get("EMAIL_URL"):
        say(f"Mail: kept in {settings.OUTBOX_DIR}, nothing leaves this machine")
        supervisor.start(parts.sink())


def prepare(*, demo: bool) -> None:
    say("Tables: bringing them up to date")
    direct = os.environ.get("DATABASE_DIRECT_URL")
    step(
        "migrate",
        "--no-input",
        "--skip-checks",
        show="Applying",
        env={"DATABASE_URL": direct} if direct else {},
    )
    say("Style sheets and scripts: collecting them")
    step("collectstatic", "--no-input", show="static file")
    if demo:
        load_demo()


def load_demo() -> None:
    """Once, and before anybody can sign in; a half-told story is not told on."""
    begun, loaded = embedded.HOME / "demo.begun", embedded.HOME / "demo.loaded"
    if loaded.exists():
        return
    if begun.exists():
        raise Trouble("Loading the demo was interrupted. `make reset`, then `make up`, begins anew.")
    say("Demo data: loading it, once")
    begun.touch()
    step("demo")
    loaded.touch()


def step(*command: str, show: str = "", env: dict | None = None) -> None:
    """Run one command to its end, passing on the lines that tell how far it is."""
    log = embedded.LOGS / f"{command[0]}.log"
    embedded.LOGS.mkdir(mode=0o700, exist_ok=True)
    child = subprocess.Popen(  # noqa: S603 - our own commands
        [*parts.MANAGE, *command],
        env={**os.environ, "PYTHONUNBUFFERED": "1", "BATON_PROCESS": command[0], **(env or {})},
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        with log.open("w") as kept:
            for line in child.stdout or ():
                kept.write(line)
                if show in line:
                    say(f"  {line.strip()}")
        code = child.wait()
    finally:
        child.kill()
    if code:
        words = f"`manage.py {' '.join(command)}`"
        raise Trouble(f"{words} did not succeed. The last lines of {log}:\n{tail(log, 15)}")


def start_processes(supervisor: Supervisor, *, prod: bool, host: str, port: int) -> None:
    say("Beat, workers and web: starting")
    supervisor.launch(parts.beat())
    for worker in parts.workers():
        supervisor.launch(worker)
    supervisor.start(parts.web(host=host, port=port, processes=parts.web_processes(prod=prod)), within=60)


def setup_address() -> str:
    """Where the first administrator sets it up; empty once somebody works here."""
    command = (*parts.MANAGE, "setup_key", "--skip-checks")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def welcome(*, demo: bool, seconds: float) -> None:
    say(f"\nBaton runs at {os.environ['SITE_URL']} (started in {seconds:.0f} s)")
    if demo:
        people = "".join(f"\n  {person.email:26} {person.role}" for person in ACCOUNTS)
        say(f"Sign in with the password {PASSWORD} as one of{people}")
    elif address := setup_address():
        say(f"Nobody works here yet. Set it up, before anybody else does, at\n  {address}")
    say(f"Stop it with Ctrl-C. What each part says is in {embedded.LOGS}\n")
