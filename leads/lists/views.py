"""Saved views as a page needs them: which one is open, and which there are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from leads.lists.asking import Asked
from leads.lists.forms import Naming
from leads.models import SavedView

ALL = "all"


def view_of(request) -> SavedView | None:
    """The view that the address names; where it says nothing at all, what this reader sees first."""
    if not request.GET:
        return SavedView.objects.default_of(request.user)
    named = request.GET.get("view", "")
    if named in ("", ALL):
        return None
    try:
        found = SavedView.objects.visible_to(request.user).filter(public_id=UUID(named)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def views_of(user, asked: Asked) -> list[dict]:
    """Everybody, one's own and the shared views, each with its address."""
    everybody = {"view": None, "url": f"{reverse('leads')}?view={ALL}", "current": _plain(asked)}
    views = SavedView.objects.visible_to(user).select_related("owner")
    return [
        everybody,
        *({"view": one, "url": one.get_absolute_url(), "current": one == asked.view} for one in views),
    ]


def _plain(asked: Asked) -> bool:
    return asked.view is None and not asked.narrows


def naming(user, asked: Asked, at: datetime) -> dict[str, Any]:
    """The forms with which the list is kept under a new name, or the open view is changed."""
    new = Naming(instance=SavedView(owner=user, at=at), user=user)
    mine = asked.view is not None and asked.view.may_change(user)
    return {"new": new, "mine": mine, "change": Naming(instance=asked.view, user=user) if mine else None}
