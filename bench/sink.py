"""A mail server for benchmarks: it takes everything, keeps nothing, and may answer late.

`python -m bench.sink PORT [SECONDS [plain]]`: each command is answered SECONDS after it arrived, as by a
server far away; `plain` does not offer PIPELINING. On SIGUSR1 it writes how many messages it took.
"""

import asyncio
import signal
import sys

import uvloop

END = b"\r\n.\r\n"
REPLIES = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
HELLO = {True: b"250-sink\r\n250 8BITMIME\r\n", False: b"250-sink\r\n250 PIPELINING\r\n"}


class Line(asyncio.Protocol):
    """One client's line; what arrives together is answered together."""

    taken = 0
    late = 0.0
    plain = False

    def connection_made(self, transport):
        self.transport, self.buffer, self.in_message = transport, b"", False
        self.say(b"220 sink\r\n")

    def data_received(self, data):
        self.buffer += data
        replies = []
        while reply := self.next():
            replies.append(reply)
        if replies:
            self.say(b"".join(replies))

    def next(self) -> bytes:
        """The answer to what comes next, when it is there whole."""
        before, end, after = self.buffer.partition(END if self.in_message else b"\r\n")
        if not end:
            return b""
        self.buffer = after
        if self.in_message:
            self.in_message = False
            Line.taken += 1
            return b"250 taken\r\n"
        word = before[:4].upper()
        self.in_message = word == b"DATA"
        return HELLO[self.plain] if word == b"EHLO" else REPLIES.get(word, b"250 ok\r\n")

    def say(self, words: bytes) -> None:
        if self.late:
            asyncio.get_running_loop().call_later(self.late, self.transport.write, words)
        else:
            self.transport.write(words)


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Line, "127.0.0.1", port)
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(Line.taken, flush=True))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    Line.late = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    Line.plain = sys.argv[3:] == ["plain"]
    uvloop.run(serve(int(sys.argv[1])))
