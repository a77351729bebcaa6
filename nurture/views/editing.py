"""What every change of a draft has in common: who may, did they see the newest state, and the way back."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nurture import drafting, publishing
from nurture.models import Track, TrackVersion
from nurture.outline import Outline
from people.access import MARKETERS, only


def edits(view):
    """A change by an editor who saw the newest state; else nothing changes, and the page says so."""

    @wraps(view)
    def guarded(request, public_id, *args, **kwargs):
        track = get_object_or_404(Track, public_id=public_id)
        seen = request.POST.get("seen", "")
        try:
            with transaction.atomic():
                drafting.touch(track, int(seen) if seen.isdecimal() and len(seen) < 10 else None)
                answer = view(request, track, *args, **kwargs)
                transaction.set_rollback(answer.status_code == 422)
        except drafting.Overtaken as late:
            messages.error(request, overtaken(late))
        except LookupError:
            messages.error(request, _("It is not there any more, or not where it could go. Look again."))
        else:
            return answer
        return redirect("track_edit", public_id)

    return require_POST(only(*MARKETERS)(guarded))


def overtaken(late: drafting.Overtaken) -> str:
    """Who was first, and what they did."""
    if late.edit is None:
        return _("Somebody else changed this track a moment ago. Look again.")
    told = {"name": late.edit.by or _("Somebody"), "what": late.edit.what}
    return _("%(name)s was first: “%(what)s”. Nothing of yours was changed. Look again.") % told


def change(request, track: Track, what: str, make: Callable[[Outline], Outline]) -> TrackVersion:
    """One edit of the draft, which opens when there is none."""
    draft = publishing.draft_of(track)
    drafting.edit(draft, what, make, by=request.user, at=timezone.now())
    return draft


def back(track: Track, fragment: str = ""):
    """To the builder, where the change is."""
    there = redirect("track_edit", track.public_id)
    if fragment:
        there["Location"] += f"#step-{fragment}"
    return there
