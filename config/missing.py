"""Pages for what is not there, cannot be read, or is not for this reader.

Whatever was posted is left unread: Django's own pages read it, and fail where it is broken.
"""

from django.shortcuts import render


def page_not_found(request, exception):
    return render(request, "404.html", status=404)


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def permission_denied(request, exception):
    return render(request, "403.html", status=403)
