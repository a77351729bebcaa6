"""Which sites may show a form in their pages, and the lines that they paste."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from leads.models import Form

MOST = 30
HOST = re.compile(r"(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+")


def origin(text: str) -> str:
    """A site as the browser compares it: scheme, host and port; whatever follows is left off."""
    whole = text.strip().lower()
    trouble = ValidationError(_("“%s” is not a site, such as https://www.example.com.") % text[:80])
    try:
        parts = urlsplit(whole if "://" in whole else f"https://{whole}")
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        raise trouble from None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host) or len(host) > 180:
        raise trouble
    return f"{parts.scheme}://{host}{port}"


def read(text: str) -> list[str]:
    """The sites of a text, one a line."""
    found = list(dict.fromkeys(origin(line) for line in text.split()))
    if len(found) > MOST:
        raise ValidationError(_("At most %d sites.") % MOST)
    return found


def snippet(form: Form) -> str:
    """What a page of theirs carries: a link that works by itself, and a script that puts the form there."""
    return format_html(
        '<a href="{}" data-baton-form>{}</a>\n<script src="{}" async></script>',
        settings.SITE_URL + reverse("form_page", args=[form.slug]),
        form.title,
        settings.SITE_URL + static_path("js/embed.js"),
    )


def static_path(name: str) -> str:
    """Its plain address: pages elsewhere keep it for years, so it carries no fingerprint."""
    return settings.STATIC_URL + name


def let_in(response, form: Form):
    """Allow the form's own sites, and nobody else, to frame this page."""
    response._csp_replace = {"frame-ancestors": form.sites or ["'none'"]}
    response.xframe_options_exempt = bool(form.sites)
    return response
