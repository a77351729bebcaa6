"""The track builder: the storyboard, and every change of its steps and lanes."""

import uuid
from dataclasses import asdict, replace

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads.vocabulary import vocabulary
from leads.who import Who
from nurture import checking, drafting, outline, portable, publishing, reactions, storyboard, whereabouts
from nurture.forms import LaneForm, NewStep, StepEditor, TrackForm
from nurture.models import Track
from nurture.outline import LanePlan, NoSuchPlace, Outline, StepPlan
from nurture.views.editing import back, change, edits
from people.access import MARKETERS, only

CLIPBOARD = "copied_step"


def shown(request, track: Track, *, status=200, **panel):
    """The builder with one panel beside the storyboard."""
    track = Track.objects.select_related("calendar", "sender").get(pk=track.pk)
    draft = track.versions.filter(published_at=None).first()
    version = draft or drafting.newest(track)
    plan = drafting.read(version)
    terms = reactions.words_of(plan)
    problems: dict[str, list[str]] = {}
    for key, words in checking.problems(plan) if draft else ():
        problems.setdefault(key, []).append(words)
    board = storyboard.Board(terms, whereabouts.figures(track), problems)
    context = {
        "track": track,
        "draft": draft,
        "plan": plan,
        "stretch": board.draw(plan),
        "problems": problems,
        "undoable": draft and drafting.undoable(draft),
        "edits": draft.edits.select_related("by")[:8] if draft else (),
        "copied": request.session.get(CLIPBOARD),
        "goal": board.says(plan.goal),
        "exit": board.says(plan.exit),
        "new": NewStep(),
        **_criteria(plan, terms),
        **panel,
    }
    return render(request, "nurture/track_edit.html", context, status=status)


def _criteria(plan: Outline, terms) -> dict[str, Who]:
    """Where goal and exit are asked for."""
    return {
        f"{name}_who": Who(prefix=name, vocabulary=terms, tree=getattr(plan, name))
        for name in ("goal", "exit")
    }


def plan_of(track: Track) -> Outline:
    """The outline that an editor sees: the draft's, else the published one."""
    return drafting.read(drafting.newest(track))


@require_safe
@only(*MARKETERS)
def track_edit(request, public_id):
    track = get_object_or_404(Track, public_id=public_id)
    key, lane = request.GET.get("step", ""), request.GET.get("lane", "")
    try:
        if key:
            return shown(request, track, editor=StepEditor(outline.find(plan_of(track), key)), step_key=key)
        if lane:
            return shown(request, track, **lane_panel(plan_of(track), *lane_place(lane)))
    except NoSuchPlace as gone:
        raise Http404 from gone
    return shown(request, track, **_settings(request, track))


def _settings(request, track: Track) -> dict:
    if "about" not in request.GET:
        return {"into": request.GET.get("into", "")}
    form, who = TrackForm(instance=track), Who(vocabulary=vocabulary(), tree=track.audience)
    return {"form": form, "who": who}


def lane_place(text: str) -> tuple[str, int]:
    """The branch and the number that a lane's name says."""
    key, _dot, number = text.rpartition(".")
    if not (number.isdecimal() and len(number) < 4):
        raise NoSuchPlace(text)
    return key, int(number)


def lane_of(plan: Outline, key: str, number: int) -> LanePlan:
    lanes = outline.find(plan, key).lanes
    if number >= len(lanes):
        raise NoSuchPlace(key)
    return lanes[number]


def lane_panel(plan: Outline, key: str, number: int, told=None) -> dict:
    lane = lane_of(plan, key, number)
    who = Who(told, prefix="lane", vocabulary=reactions.words_of(plan), tree=lane.condition)
    form = LaneForm(told, initial={"name": lane.name, "then": lane.then})
    return {"lane_form": form, "lane_who": who, "branch_key": key, "lane_number": number, "lane": lane}


def tree_of(who: Who):
    """What was asked; a condition too deep for the rows is kept while the rows stay empty."""
    tree = who.cleaned_data["tree"]
    deep = who.tree and "field_0" not in who.initial
    return who.tree if tree is None and deep else tree


@edits
def step_add(request, track):
    form, into = NewStep(request.POST), request.POST.get("into", "")
    if not form.is_valid():
        return shown(request, track, new=form, into=into, status=422)
    step = replace(form.plan(), key=str(uuid.uuid4()))
    change(
        request, track, _("Added “%(step)s”") % {"step": step.name}, lambda it: outline.insert(it, step, into)
    )
    return back(track, step.key)


@edits
def branch_add(request, track):
    into = request.POST.get("into", "")
    clicked = LanePlan(_("Clicked"), {"field": "clicked_last", "op": "is_true"})
    step = StepPlan(
        _("Did they click?"),
        str(uuid.uuid4()),
        wait=3,
        event="click",
        lanes=(clicked, LanePlan(_("Everybody else"))),
    )
    change(request, track, _("Added a branch"), lambda it: outline.insert(it, step, into))
    return back(track, step.key)


@edits
def step_save(request, track, key):
    editor = StepEditor(outline.find(plan_of(track), str(key)), request.POST)
    if not editor.is_valid():
        return shown(request, track, editor=editor, step_key=str(key), status=422)
    step = editor.plan()
    change(request, track, _("Changed “%(step)s”") % {"step": step.name}, lambda it: outline.put(it, step))
    return back(track, step.key)


@edits
def step_move(request, track, key):
    """One place earlier or later; or, dragged, to an index in any stretch."""
    key, name = str(key), outline.find(plan_of(track), str(key)).name
    way, index = request.POST.get("way"), request.POST.get("index", "")
    by = {"earlier": -1, "later": 1}.get(way, 0)
    to = request.POST.get("into", ""), int(index) if index.isdecimal() and len(index) < 4 else 0
    change(
        request,
        track,
        _("Moved “%(step)s”") % {"step": name},
        lambda it: outline.shift(it, key, by) if by else outline.move(it, key, *to),
    )
    return back(track, key)


@edits
def step_remove(request, track, key):
    name = outline.find(plan_of(track), str(key)).name
    what = _("Took out “%(step)s”") % {"step": name}
    change(request, track, what, lambda it: outline.remove(it, str(key)))
    return back(track)


@edits
def step_clone(request, track, key):
    plan = plan_of(track)
    (copy,) = outline.fresh((outline.find(plan, str(key)),))
    stretch, index = outline.place_of(plan, str(key))
    what = _("Doubled “%(step)s”") % {"step": copy.name}
    change(request, track, what, lambda it: outline.insert(it, copy, stretch, index + 1))
    return back(track, copy.key)


@edits
def step_copy(request, track, key):
    step = outline.find(plan_of(track), str(key))
    request.session[CLIPBOARD] = asdict(step)
    messages.success(request, _("“%(step)s” is copied; paste it in any track.") % {"step": step.name})
    return back(track, step.key)


@edits
def step_paste(request, track):
    steps = portable.read({"steps": [request.session.get(CLIPBOARD)]}).steps
    (step,) = outline.fresh(steps)
    into = request.POST.get("into", "")
    what = _("Pasted “%(step)s”") % {"step": step.name}
    change(request, track, what, lambda it: outline.insert(it, step, into))
    return back(track, step.key)


@edits
def criteria_save(request, track):
    plan = plan_of(track)
    terms = reactions.words_of(plan)
    whos = [
        Who(request.POST, prefix=name, vocabulary=terms, tree=getattr(plan, name))
        for name in ("goal", "exit")
    ]
    if not all([who.is_valid() for who in whos]):  # noqa: C419  both shall say what is wrong
        return shown(request, track, goal_who=whos[0], exit_who=whos[1], asks_criteria=True, status=422)
    goal, leaves = map(tree_of, whos)
    change(request, track, _("Changed goal and exit"), lambda it: replace(it, goal=goal, exit=leaves))
    return back(track)


@edits
def track_undo(request, track):
    try:
        last = drafting.undo(publishing.draft_of(track), by=request.user, at=timezone.now())
    except drafting.NothingToUndo:
        messages.error(request, _("There is nothing to take back."))
    else:
        messages.success(request, _("Taken back: %(what)s") % {"what": last.what})
    return back(track)
