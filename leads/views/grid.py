"""The grid of fit and engagement: how many leads stand where."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leads import grid
from leads.lists.terms import shown_sheet
from leads.models import ScoreSheet
from people.access import EVERYBODY, only


@require_safe
@only(*EVERYBODY)
def score_grid(request, pk):
    """The counts of each grade; of the sheet that lists show, each opens its leads."""
    sheet = get_object_or_404(ScoreSheet, pk=pk)
    if not sheet.has_grid:
        raise Http404
    counts, leads = grid.counted(sheet), reverse("leads") if sheet == shown_sheet() else ""
    most = max(counts.values(), default=0)
    rows = [
        (letter, cut, [_cell(letter + figure, counts, leads, most) for figure in grid.FIGURES])
        for letter, cut in zip(grid.LETTERS, [*sheet.fit_cuts, None], strict=True)
    ]
    heads = list(zip(grid.FIGURES, [*sheet.engagement_cuts, None], strict=True))
    shown = {
        "sheet": sheet,
        "rows": rows,
        "heads": heads,
        "linked": bool(leads),
        "total": sum(counts.values()),
    }
    return render(request, "leads/score_grid.html", shown)


def _cell(grade: str, counts: dict[str, int], leads: str, most: int) -> dict:
    count = counts.get(grade, 0)
    url = f"{leads}?who=grade.is.{grade}&sort=score" if leads and count else ""
    return {"grade": grade, "count": count, "url": url, "share": round(100 * count / most) if most else 0}
