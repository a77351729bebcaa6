"""Tracks: the list, a new one, one with who is where, and what can be done with the whole of it."""

import json

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions import sentence
from leads.vocabulary import vocabulary
from leads.who import Who
from nurture import classic, drafting, outline, portable, publishing, reactions, storyboard, whereabouts
from nurture.forms import FileForm, TrackForm
from nurture.models import Track
from nurture.views.builder import shown, tree_of
from nurture.views.editing import edits
from people.access import MANAGERS, MARKETERS, only
from people.models.user import VIEWERS

READERS = (*MARKETERS, *MANAGERS, VIEWERS)


@require_safe
@only(*READERS)
def tracks(request):
    words = vocabulary()
    rows = [(track, sentence(track.audience, words) if track.audience is not None else "")
            for track in whereabouts.overview()]  # fmt: skip
    return render(request, "nurture/tracks.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def track_new(request):
    form = TrackForm(request.POST or None, initial={"sender": request.user.pk})
    who = Who(request.POST or None, vocabulary=vocabulary())
    if request.method == "POST" and form.is_valid() and who.is_valid():
        with transaction.atomic():
            track = publishing.start(**form.cleaned_data, audience=who.cleaned_data["tree"])
            if request.POST.get("template") == "classic":
                drafting.store(publishing.draft_of(track), classic.outline())
        return redirect("track_edit", track.public_id)
    page = {"form": form, "who": who}
    return render(request, "nurture/track_new.html", page, status=422 if form.errors or who.errors else 200)


@require_safe
@only(*READERS)
def track(request, public_id):
    track = get_object_or_404(whereabouts.overview(), public_id=public_id)
    after = request.GET.get("after", "")
    people = whereabouts.people(track, after=int(after) if after.isdecimal() and len(after) < 18 else None)
    version = track.versions.exclude(published_at=None).first()
    plan = drafting.read(version) if version else outline.Outline()
    board = storyboard.Board(reactions.words_of(plan), whereabouts.figures(track))
    page = {
        "track": track,
        "sentence": sentence(track.audience, vocabulary()) if track.audience is not None else "",
        "stretch": board.draw(plan),
        "goal": board.says(plan.goal),
        "exit": board.says(plan.exit),
        "people": people,
        "older": people[-1].pk if len(people) == 50 else "",
        "totals": whereabouts.totals(track),
        "draft": track.versions.filter(published_at=None).first(),
    }
    return render(request, "nurture/track.html", page)


@edits
def track_save(request, track):
    form = TrackForm(request.POST, instance=track)
    who = Who(request.POST, vocabulary=vocabulary(), tree=track.audience)
    if not (form.is_valid() and who.is_valid()):
        return shown(request, Track.objects.get(pk=track.pk), form=form, who=who, status=422)
    saved = form.save(commit=False)
    saved.audience = tree_of(who)
    saved.save(update_fields=[*TrackForm.Meta.fields, "audience"])
    type(saved.custodian).objects.filter(pk=saved.custodian_id).update(name=saved.name)
    return redirect("track_edit", track.public_id)


@require_POST
@only(*MARKETERS)
def track_clone(request, public_id):
    """Another track with the same plan, and nobody on it by itself yet."""
    track = get_object_or_404(Track.objects.select_related("calendar", "sender"), public_id=public_id)
    plan = outline.cloned(drafting.read(drafting.newest(track)))
    made = _made(
        _free_name(_("%(track)s, a copy") % {"track": track.name}), track.calendar, track.sender, plan
    )
    return redirect("track_edit", made.public_id)


@require_safe
@only(*READERS)
def track_export(request, public_id):
    track = get_object_or_404(Track, public_id=public_id)
    told = {"format": portable.FORMAT, "name": track.name, "purpose": track.purpose}
    told["plan"] = drafting.read(drafting.newest(track)).as_json()
    name = slugify(track.name) or "track"
    return HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=2),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def track_import(request):
    form = FileForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = _imported(request.user, form.cleaned_data["name"], form.cleaned_data["file"])
        except (portable.Unreadable, LookupError) as trouble:
            problems = getattr(trouble, "problems", None) or [str(trouble)]
        else:
            messages.success(request, _("It is a draft of its own now."))
            return redirect("track_edit", made.public_id)
    page = {"form": form, "problems": problems[:20], "more": max(0, len(problems) - 20)}
    return render(request, "nurture/track_import.html", page, status=422 if problems or form.errors else 200)


@transaction.atomic
def _imported(user, name: str, file) -> Track:
    plan = portable.read_file(file.read(portable.MOST_BYTES + 1))
    return _made(_free_name(name), user.own_calendar, user, outline.cloned(plan))


@transaction.atomic
def _made(name: str, calendar, sender, plan: outline.Outline) -> Track:
    made = publishing.start(name=name, calendar=calendar, sender=sender)
    drafting.store(publishing.draft_of(made), plan)
    return made


def _free_name(name: str) -> str:
    """The name, with a number where it is taken."""
    taken, number = set(Track.objects.values_list("name", flat=True)), 1
    free = name[:120]
    while free in taken:
        number += 1
        free = f"{name[:110]} {number}"
    return free
