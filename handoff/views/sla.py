"""The SLA page: promises kept by rep and week, clocks running now, breaches, and the leads behind each."""

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from handoff import reports
from leads.spreadsheet import download
from people.access import MANAGERS, only
from people.models import Side, Team
from people.models.user import VIEWERS

WEEKS = (4, 8, 13, 26)
READERS = (*MANAGERS, VIEWERS)
SHOWN = 200


def _asked(request) -> tuple[int, Team | None]:
    """The period in weeks and the team, from the address; nonsense counts as not asked."""
    weeks = request.GET.get("weeks", "")
    number = int(weeks) if weeks.isdecimal() and int(weeks[:4]) in WEEKS else 8
    team = request.GET.get("team", "")
    known = Team.objects.filter(side=Side.SALES)
    return number, known.filter(pk=int(team)).first() if team.isdecimal() and len(team) < 10 else None


@require_safe
@only(*READERS)
def sla(request):
    at, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    weeks, team = _asked(request)
    since = at - timedelta(weeks=weeks)
    rows = reports.kept_by_rep_and_week(since=since, at=at, zone=zone, team=team)
    if request.GET.get("format") == "csv":
        return _csv(rows)
    clocks = reports.open_clocks(at, team=team)
    shown = {
        "weeks": weeks,
        "choices": WEEKS,
        "team": team,
        "teams": Team.objects.filter(side=Side.SALES),
        "table": _table(rows),
        "total": _total(rows),
        "clocks": clocks,
        "urgencies": reports.by_urgency(clocks),
        "breaches": reports.breaches(since=since, at=at, team=team, limit=50),
    }
    return render(request, "handoff/sla.html", shown)


def _table(rows):
    """Reps down, weeks across; each cell with the address of its leads, or nothing where none was due."""
    weeks = sorted({row.week for row in rows})
    cells = {(row.rep, row.week): row for row in rows}
    names = {row.rep: row.name for row in rows}
    lines = [
        (name, [(cells.get((rep, week)), _address(cells.get((rep, week)))) for week in weeks])
        for rep, name in names.items()
    ]
    return {"weeks": weeks, "lines": lines}


def _address(row) -> dict[str, str]:
    return {which: urlencode(row.where(which)) for which in ("promised", "kept", "broken")} if row else {}


def _total(rows) -> dict[str, int]:
    promised, kept = sum(row.promised for row in rows), sum(row.kept for row in rows)
    share = round(100 * kept / promised) if promised else 0
    return {"promised": promised, "kept": kept, "broken": promised - kept, "share": share}


def _csv(rows):
    header = (_("Rep"), _("Week"), _("Promised"), _("Kept"), _("Broken"))
    lines = ((row.name, row.week.isoformat(), row.promised, row.kept, row.broken) for row in rows)
    return download("sla.csv", header, lines)


@require_safe
@only(*READERS)
def sla_behind(request):
    """The leads behind one number of the page."""
    at, zone = timezone.now(), ZoneInfo(request.user.time_zone)
    where = {key: request.GET.get(key, "") for key in ("which", "rep", "week")}
    try:
        offers = reports.behind(where, at=at, zone=zone)
    except ValueError:
        return HttpResponseBadRequest(_("That is not a week."))
    who = offers[0].user if where["rep"] and offers else ""
    shown = {"offers": offers[:SHOWN], "count": offers.count(), "where": where, "who": who, "shown": SHOWN}
    return render(request, "handoff/sla_behind.html", shown)
