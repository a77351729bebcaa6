"""What a change of a score sheet would do, counted for everybody, and what was changed already."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leads import consequences, foresight, scoring, whatif
from leads.differences import differences
from leads.models import ScoreSheet, WhatIf
from leads.vocabulary import vocabulary
from people.access import EVERYBODY, MARKETERS, only


@require_safe
@only(*MARKETERS)
def score_what_if(request, public_id):
    """How far the exact count is, and at last what it found; a page for whoever reloads it."""
    row = get_object_or_404(WhatIf.objects.select_related("sheet"), public_id=public_id)
    told = consequences.counted(row, by=request.user) if row.state == WhatIf.State.DONE else None
    slow = not told and bool(whatif.uncounted(foresight.rules(row.after)))
    shown = {"row": row, "told": told, "sheet": row.sheet, "slow": slow}
    if not request.htmx:
        return render(request, "leads/score_what_if.html", shown)
    answer = render(request, "leads/_what_if.html" if told else "leads/_what_if_progress.html", shown)
    if told:
        answer["HX-Retarget"] = "#what-if"
    return answer


@require_safe
@only(*EVERYBODY)
def score_changes(request, pk):
    """What is different from another version of the sheet, in words."""
    sheet = get_object_or_404(ScoreSheet, pk=pk)
    others = ScoreSheet.objects.filter(name=sheet.name).exclude(pk=pk)
    asked = request.GET.get("with", "")
    earlier = others.filter(number__lt=sheet.number).first()
    other = (
        others.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
    ) or earlier
    found = other and differences(
        scoring.rules_of(other), scoring.rules_of(sheet), sheets=(other, sheet), vocabulary=vocabulary()
    )
    return render(
        request,
        "leads/score_changes.html",
        {"sheet": sheet, "other": other, "others": others, "found": found},
    )
