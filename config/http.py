"""One HTTP connection: that of uvicorn, but it neither waits for ever for a head nor keeps an endless one."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 2**10  # bytes of a request before its body
SLOWEST_HEAD = 30.0  # seconds until they are here


class Connection(HttpToolsProtocol):
    """A connection whose head of a request, from its first byte to the empty line, is bounded."""

    head = 0  # bytes of the head that is on its way
    patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self.expect_a_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.have_the_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.patience is not None:
            self.head += len(data)
            if self.head > LARGEST_HEAD:
                self.give_up()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.patience is None:
            self.expect_a_head()

    def on_headers_complete(self) -> None:
        self.have_the_head()
        super().on_headers_complete()

    def expect_a_head(self) -> None:
        self.head = 0
        self.patience = self.loop.call_later(SLOWEST_HEAD, self.give_up)

    def have_the_head(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def give_up(self) -> None:
        """Nobody who means it sends such a head; the answer is short, and the connection ends."""
        self.have_the_head()
        if not self.transport.is_closing():
            self.send_400_response("The head of the request is too large or too slow.")
