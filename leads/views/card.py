"""The score card on a lead's page: on which sheet, now or as it was known at the end of an earlier day."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from leads import grid, scoring
from leads.agreed import agreed_on, lines_of
from leads.lists.terms import shown_sheet
from leads.models import Lead, ScoreSheet


def card_shown(asked, lead: Lead, at: datetime) -> dict:
    """The card that the address asks for: ?at=2026-10-01&sheet=3; what cannot be read asks for nothing."""
    sheet = _sheet(asked.get("sheet", "")) or shown_sheet()
    if sheet is None:
        return {}
    then = _end_of(asked.get("at", ""), at)
    card = scoring.card_as_of(lead, sheet, then) if then else scoring.card(lead, sheet, at)
    return {
        "sheet": sheet,
        "versions": ScoreSheet.objects.filter(name=sheet.name),
        "card": card,
        "grade": grid.grade_of(sheet, card.fit, card.engagement),
        "then": then,
        "unknown_then": bool(then and lead.known_at > then),
        "passes_from": lines_of(agreed_on(sheet.name))[:1],
    }


def _sheet(pk: str) -> ScoreSheet | None:
    return ScoreSheet.objects.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 10 else None


def _end_of(day: str, at: datetime) -> datetime | None:
    """The last instant of the day, where that is past."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    if not 1970 < following.year < 9000:
        return None
    end = timezone.make_aware(datetime.combine(following, time())) - timedelta(seconds=1)
    return end if end < at else None
