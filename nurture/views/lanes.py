"""The lanes of a branch: who takes which, and where it leads."""

from dataclasses import replace

from django.utils.translation import gettext as _

from nurture import outline
from nurture.outline import LanePlan, Outline
from nurture.views.builder import lane_of, lane_panel, plan_of, shown, tree_of
from nurture.views.editing import back, change, edits


@edits
def lane_add(request, track, key):
    plan = LanePlan(_("Another way"), {"field": "opened_last", "op": "is_true"})

    def add(it: Outline) -> Outline:
        """Before the lane for everybody else, if there is one."""
        branch = outline.find(it, str(key))
        last = len(branch.lanes) - (bool(branch.lanes) and branch.lanes[-1].condition is None)
        return outline.put(it, replace(branch, lanes=(*branch.lanes[:last], plan, *branch.lanes[last:])))

    change(request, track, _("Added a lane"), add)
    return back(track, str(key))


@edits
def lane_save(request, track, key, number):
    panel = lane_panel(plan_of(track), str(key), number, request.POST)
    form, who = panel["lane_form"], panel["lane_who"]
    if not (form.is_valid() and who.is_valid()):
        return shown(request, track, status=422, **panel)
    lane = replace(panel["lane"], **form.cleaned_data, condition=tree_of(who))
    what = _("Changed the lane “%(lane)s”") % {"lane": lane.name}
    change(request, track, what, lambda it: _with_lane(it, str(key), number, (lane,)))
    return back(track, str(key))


@edits
def lane_remove(request, track, key, number):
    lane = lane_of(plan_of(track), str(key), number)
    what = _("Took out the lane “%(lane)s”") % {"lane": lane.name}
    change(request, track, what, lambda it: _with_lane(it, str(key), number, ()))
    return back(track, str(key))


def _with_lane(plan: Outline, key: str, number: int, lanes: tuple[LanePlan, ...]) -> Outline:
    branch = outline.find(plan, key)
    return outline.put(
        plan, replace(branch, lanes=(*branch.lanes[:number], *lanes, *branch.lanes[number + 1 :]))
    )
