"""Where an installation keeps itself: its folder, secrets, ports and addresses, under .baton/.

`manage.py up` writes the ports; every other process reads them, so each part also starts alone.
"""

import contextlib
import json
import os
import pwd
import secrets
import socket
from pathlib import Path

HOME = Path(os.environ.get("BATON_HOME") or Path(__file__).resolve().parent.parent / ".baton").absolute()
LOGS = HOME / "logs"
PORTS = {"web": 8000, "postgres": 25432, "valkey": 26379, "sink": 22525}
HIGHEST_PORT = 32767  # above it the system hands out ports to outgoing connections


class Trouble(SystemExit):
    """Something a person must settle, said in plain words; nobody is helped by a traceback."""


def home() -> Path:
    """The folder itself: others may pass through to what is theirs, and list nothing."""
    if not HOME.exists():
        HOME.mkdir(parents=True)
        HOME.chmod(0o711)
    return HOME


def secret(name: str) -> str:
    """A random word made once; two processes that make it together end with the same one."""
    path = HOME / name
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except PermissionError:
        raise Trouble(not_ours(path)) from None


def _write_once(path: Path, text: str) -> None:
    draft = home() / f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}"
    draft.touch(mode=0o600)
    draft.write_text(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def not_ours(path: Path) -> str:
    there = next(place for place in (path, *path.parents) if place.exists())
    owner, me = account(there.stat().st_uid), account(os.geteuid())
    return (
        f"{there} belongs to {owner}, and you are {me}, so Baton can't use it.\n"
        f"Run this as {owner}, or take the folder over (sudo chown -R {me} '{HOME}'),\n"
        "or keep the data elsewhere: BATON_HOME=/path/to/a/folder make up"
    )


def account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def state() -> dict:
    """What `up` noted for the others: ports, places, and how the installation began."""
    try:
        return json.loads((HOME / "state.json").read_text())
    except FileNotFoundError:
        return {}


def note(**changes) -> None:
    draft = home() / "state.json.new"
    draft.write_text(json.dumps({**state(), **changes}, indent=1))
    draft.replace(HOME / "state.json")


def port(name: str) -> int:
    return state().get("ports", {}).get(name, PORTS[name])


def settle_port(name: str) -> int:
    """The port this server had last time, or the next free one, noted for everybody."""
    chosen = free_port(port(name))
    note(ports={**state().get("ports", {}), name: chosen})
    return chosen


def free_port(first: int) -> int:
    for candidate in [*range(first, HIGHEST_PORT), *range(10000, first)]:
        if port_is_free(candidate):
            return candidate
    raise Trouble(f"No port between {first} and {HIGHEST_PORT} is free on this machine.")


def port_is_free(number: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, number))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def secret_key() -> str:
    return secret("secret_key")


def site_url() -> str:
    return f"http://127.0.0.1:{port('web')}"


def database_url() -> str:
    return f"postgres://baton:{secret('database_password')}@127.0.0.1:{port('postgres')}/baton"


def broker_url() -> str:
    return f"redis://:{secret('broker_password')}@127.0.0.1:{port('valkey')}/0"


def email_url() -> str:
    return f"smtp://127.0.0.1:{port('sink')}"
