"""A mail server of the tests' own: it keeps what it takes, and misbehaves where it is told to.

As a process of its own (`python -m tests.mailbox PORT LOG DELAY`) it writes one line for each message that it
accepted, and only then says so: the judge of what really went out.
"""

import re
import socketserver
import sys
import threading
import time
from pathlib import Path

import pytest

MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


class Conversation(socketserver.StreamRequestHandler):
    """One client's line."""

    disable_nagle_algorithm = True

    def handle(self):
        box: Mailbox = self.server.box
        box.lines += 1
        if box.hangs:
            time.sleep(box.hangs)
        if box.lines > box.most_lines:
            self.say("421 too many of you")
            return
        self.say("220 mailbox")
        recipient = ""
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            time.sleep(box.delay)
            if word == b"EHLO":
                self.say("250-mailbox\r\n250 PIPELINING" if box.pipelining else "250 mailbox")
            elif word == b"MAIL":
                recipient = ""
                self.say(box.at_sender or "250 ok")
            elif word == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                if box.meet("rcpt", recipient) == "cut":
                    break
                refused = box.meet("rcpt", recipient)
                self.say(refused or "250 ok")
                recipient = "" if refused else recipient
            elif word == b"DATA" and not recipient:
                self.say("503 nobody to take it")
            elif word == b"DATA":
                self.say("354 go on")
                if not self.take(box, recipient):
                    break
                recipient = ""
            elif word == b"QUIT":
                self.say("221 bye")
                break
            else:
                self.say("250 ok")

    def take(self, box, recipient):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not line:
            return False
        behaviour = box.meet("data", recipient)
        if behaviour == "cut":
            return False
        if behaviour not in ("", "keep and cut"):
            self.say(behaviour)
            return True
        box.keep(recipient, b"".join(lines))
        if behaviour == "keep and cut":
            return False
        self.say("250 kept")
        return True

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    request_queue_size = 100

    def handle_error(self, request, client_address):
        pass  # a client that died is what the tests are about


class Mailbox:
    """What arrived, and how to treat whom: {recipient: "550 no"} for `rcpt` and for `data`."""

    def __init__(self, port=0, log=None):
        self.messages, self.lines, self.delay, self.pipelining = [], 0, 0.0, True
        self.at_sender, self.rcpt, self.data = "", {}, {}
        self.hooks, self.hangs, self.most_lines = {}, 0.0, 1_000_000
        self.lock, self.log = threading.Lock(), log
        self.server = Server(("127.0.0.1", port), Conversation)
        self.server.box = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def meet(self, stage, recipient):
        if hook := self.hooks.get(stage):
            hook(recipient)
        return getattr(self, stage).get(recipient, "")

    def keep(self, recipient, message):
        with self.lock:
            self.messages.append((recipient, message))
            if self.log:
                self.log.write(f"{MESSAGE_ID.search(message)[1].decode()}\n")
                self.log.flush()

    @property
    def recipients(self):
        return [recipient for recipient, _message in self.messages]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mailbox(settings):
    """A mail server that Baton is set to use."""
    box = Mailbox()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 5
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER = ""
    yield box
    box.close()


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as log:
        alone = Mailbox(int(sys.argv[1]), log)
        alone.delay = float(sys.argv[3])
        alone.thread.join()
