"""How much a request may bring: what is too long is answered before a byte of it is read."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

FILES = ("/imports/", "/assets/", "/enrichment/")  # whoever is signed in brings files here
LARGEST_FILE = 512 * 2**20


def longest(scope: Any) -> int:
    """Bytes that this request may bring; a visitor without a session brings no files."""
    crumbs = b"".join(value for name, value in scope["headers"] if name == b"cookie")
    if scope["path"].startswith(FILES) and settings.SESSION_COOKIE_NAME.encode() in crumbs:
        return LARGEST_FILE
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def is_too_long(scope: Any) -> bool:
    """Does the request say that it brings more? One that doesn't say brings nothing to a page."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return said.isdigit() and (len(said) > 18 or int(said) > longest(scope))


async def refuse(send) -> None:
    words = _("This is more than the page takes.").encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(words)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": words})
