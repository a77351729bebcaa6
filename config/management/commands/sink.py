"""Takes every mail that Baton sends and lays it into a folder; nothing leaves this machine."""

import secrets
import signal
import threading
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.conf import settings
from django.core.management.base import BaseCommand

from config import embedded


class Folder:
    """A maildir-like folder: a message is written under tmp/ and appears whole under new/.

    Names begin with the time of arrival, so the newest come last in the order of names.
    """

    def __init__(self, place: Path):
        self.tmp, self.new = place / "tmp", place / "new"
        for folder in (place, self.tmp, self.new):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, envelope: Envelope) -> Path:
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
        to = ", ".join(envelope.rcpt_tos)
        head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {to}\r\n"
        (self.tmp / name).write_bytes(head.encode() + (envelope.original_content or b""))
        return (self.tmp / name).rename(self.new / name)

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:
        self.keep(envelope)
        return "250 kept, not sent"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=None)
        parser.add_argument("--folder", type=Path, default=settings.OUTBOX_DIR)

    def handle(self, *, port, folder, **options):
        number = port or embedded.port("sink")
        controller = Controller(Folder(folder), hostname="127.0.0.1", port=number, data_size_limit=50 * 2**20)
        controller.start()
        self.stdout.write(f"Mail to 127.0.0.1:{number} is kept in {folder}")
        ended = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: ended.set())
        ended.wait()
        controller.stop()
