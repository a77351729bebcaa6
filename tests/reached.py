"""A server on this machine that answers as a test wants it to, byte by byte."""

import socket
import threading
from contextlib import closing, contextmanager, suppress


class Reached:
    """What was asked of it, and where it is."""

    def __init__(self):
        self.asked = []
        self.line = socket.create_server(("127.0.0.1", 0))
        self.port = self.line.getsockname()[1]

    def serve(self, reply):
        with suppress(OSError):
            while True:
                caller, _where = self.line.accept()
                with closing(caller), suppress(OSError):
                    heard = b""
                    while b"\r\n\r\n" not in heard and (some := caller.recv(65536)):
                        heard += some
                    self.asked.append(heard.decode("latin-1"))
                    reply(caller)


@contextmanager
def reached(reply):
    """`reply` writes to the line of whoever asks, or is the whole answer."""
    there = Reached()
    say = reply if callable(reply) else lambda caller: caller.sendall(reply)
    threading.Thread(target=there.serve, args=(say,), daemon=True).start()
    try:
        yield there
    finally:
        there.line.close()


def answering(body, status="200 OK", more=""):
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}\r\n{body}".encode()
