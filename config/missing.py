"""The page for an address that does not exist."""

from django.shortcuts import render


def page_not_found(request, exception):
    """Whatever was posted there is left unread; Django's own page reads it, and fails where it is broken."""
    return render(request, "404.html", status=404)
