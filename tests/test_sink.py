"""The local sink keeps every mail, and sends none."""

import smtplib

from config import embedded
from config.management.commands import sink


def test_the_sink_keeps_a_mail_whole_and_shows_to_whom_it_went(folder):
    keeper = sink.Controller(
        sink.Folder(folder / "outbox"), hostname="127.0.0.1", port=embedded.free_port(23525)
    )
    keeper.start()
    with smtplib.SMTP(keeper.hostname, keeper.port) as client:
        client.sendmail(
            "us@example.org", ["ann@example.org"], b"Subject: Hello\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
        )
    keeper.stop()

    (kept,) = (folder / "outbox/new").iterdir()
    assert kept.read_bytes() == (
        b"Return-Path: <us@example.org>\r\nDelivered-To: ann@example.org\r\n"
        b"Subject: Hello\r\n\r\n" + "Grüße\r\n".encode()
    )
    assert list((folder / "outbox/tmp").iterdir()) == []
