"""What a list can be asked for: everything that conditions know, and what only holds of the moment.

Who holds a lead, what comes next, the stored score and the like are not kept as of earlier instants, so
agreements and tracks can't speak of them; lists can. The SQL speaks over the aliases of `from_lists`.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from leads.conditions import Term, Vocabulary
from leads.grid import GRADES, grade_sql
from leads.models import Custodian, Custody, ScoreSheet
from leads.vocabulary import FROM_LEADS, vocabulary

#: One person may have a hand on each side: “Marit Dahl in sales”.
HAND = "hand.name || ' in ' || hand.side"
HOLDER = f"SELECT {HAND} FROM leads_custodian hand WHERE hand.id = custody.custodian_id"  # noqa: S608  ours
GRACE = timedelta(minutes=5)  # what is due this very moment is not late


def shown_sheet() -> ScoreSheet | None:
    """The sheet whose points lists show: the first that was signed, in its newest signed version, else the
    first there is."""
    first = ScoreSheet.objects.order_by(F("frozen_at").asc(nulls_last=True), "pk").first()
    newest = ScoreSheet.objects.filter(name=first and first.name, frozen_at__isnull=False)
    return newest.order_by("-number").first() or first


def from_lists(sheet: ScoreSheet | None) -> str:
    """Every table that a list may ask; the server leaves out those that nobody asks."""
    return f"""{FROM_LEADS}
    LEFT JOIN leads_custody custody ON custody.lead_id = lead.id
    LEFT JOIN leads_indexcard card ON card.lead_id = lead.id
    LEFT JOIN leads_score score ON score.lead_id = lead.id AND score.sheet_id = {(sheet and sheet.pk) or 0}"""


def terms(at: datetime) -> Vocabulary:
    """Every term by its key; a standing term hides a field of the same key."""
    return {**vocabulary(), **{term.key: term for term in _of_the_moment(at)}}


def hand_key(hand: Custodian) -> str:
    """A hand as addresses call it."""
    return f"{hand.name} in {hand.side}"


def _of_the_moment(at: datetime) -> list[Term]:
    late = f"custody.next_action_at < '{(at - GRACE).isoformat()}'::timestamptz"
    hands = Custodian.objects.order_by("-side", "kind", "name")
    named = [(hand_key(hand), hand.name) for hand in hands]
    return [
        _typed("score", _("Score"), "number", "score.points"),
        _typed("grade", _("Grade"), "choice", grade_sql(shown_sheet()), [(one, one) for one in GRADES]),
        _typed("holder", _("Who holds it"), "choice", HOLDER, named),
        _typed("next_action", _("Next action"), "choice", "custody.next_action", Custody.Next.choices),
        _instant("next_on", _("Next action on"), "custody.next_action_at"),
        _typed("overdue", _("Overdue"), "yes_no", f"COALESCE({late}, false)"),
        _typed("closed", _("Closed"), "yes_no", "lead.closed_at IS NOT NULL"),
        _typed("first_name", _("First name"), "text", "lead.first_name"),
        _typed("last_name", _("Last name"), "text", "lead.last_name"),
        _typed("email", _("E-mail"), "text", "lead.email"),
        _typed("phone", _("Phone"), "text", "lead.phone"),
        _instant("came_in", _("Came in"), "lead.known_at"),
    ]


def _typed(key: str, label: str, kind: str, sql: str, choices: Any = ()) -> Term:
    named = tuple((str(choice), str(words)) for choice, words in choices)
    return Term(key, label, kind, sql, choices=named, stored="typed")


def _instant(key: str, label: str, sql: str) -> Term:
    return Term(key, label, "date", sql, stored="instant")
