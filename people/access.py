"""Who may open a page: groups, asked once for each view."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied

from people.models.user import (
    ADMINISTRATORS,
    MARKETING,
    MARKETING_MANAGERS,
    SALES,
    SALES_MANAGERS,
    VIEWERS,
)

MARKETERS = (MARKETING, MARKETING_MANAGERS, ADMINISTRATORS)
REPS = (SALES, SALES_MANAGERS)
MANAGERS = (MARKETING_MANAGERS, SALES_MANAGERS, ADMINISTRATORS)
EVERYBODY = (MARKETING, SALES, MARKETING_MANAGERS, SALES_MANAGERS, VIEWERS, ADMINISTRATORS)


def only(*groups: str) -> Callable:
    """A page for these groups; anybody else who is signed in gets a 403."""

    def wrap(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_in(*groups):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.groups = groups  # type: ignore[attr-defined]
        return guarded

    return wrap
