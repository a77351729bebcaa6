"""The two leads of a merge, and what decides which of them gives what: pure answers on rows already read."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from leads.models import Custodian, Custody, Lead, Stage
from people.models import Side

#: What a lead's own columns say; the survivor's stands, its blanks are filled, and the reader may choose.
COLUMNS = (
    "first_name", "last_name", "email", "phone", "postal_address", "outside_id", "account_id", "source_id",
    "campaign_id", "country", "time_zone",
)  # fmt: skip
#: Which of two stages is further; who was sent back or away counts as less far than who is on the way.
FAR = (
    Stage.DISQUALIFIED, Stage.RECYCLED, Stage.SUBSCRIBER, Stage.LEAD, Stage.MQL, Stage.SQL,
    Stage.OPPORTUNITY, Stage.CUSTOMER,
)  # fmt: skip


class Refused(Exception):
    """Why these two are not merged or not taken apart, in plain words."""


@dataclass(frozen=True)
class Pair:
    """Who stays and who is folded into them, and the columns that the reader takes from the other."""

    survivor: Lead
    loser: Lead
    taken: frozenset[str] = field(default=frozenset())

    @property
    def ids(self) -> list[int]:
        return sorted([self.survivor.pk, self.loser.pk])

    @property
    def hands(self) -> list[Custody]:
        """The custodies of both, the survivor's first; a closed lead has none."""
        return [lead.custody for lead in (self.survivor, self.loser) if hasattr(lead, "custody")]

    @property
    def hand(self) -> Custody | None:
        """The hand that goes on: sales before marketing, the earlier promise, a track before a person."""
        return min(self.hands, key=_weight, default=None)

    @property
    def hand_is_losers(self) -> bool:
        return self.hand is not None and self.hand.lead_id == self.loser.pk

    @property
    def due_at(self):
        """When the next action is due: among sales' promises the earliest of both."""
        hand = self.hand
        if hand is None or hand.side != Side.SALES:
            return hand and hand.next_action_at
        return min(one.next_action_at for one in self.hands if one.side == Side.SALES)

    @property
    def stage(self) -> str:
        return max(self.survivor.stage, self.loser.stage, key=FAR.index)

    def value(self, column: str):
        """What the column will say."""
        kept, other = getattr(self.survivor, column), getattr(self.loser, column)
        return other if column in self.taken or not kept else kept

    def differs(self, column: str) -> bool:
        """Do both say something, and not the same?"""
        kept, other = getattr(self.survivor, column), getattr(self.loser, column)
        return bool(kept and other and kept != other)


def _weight(hand: Custody) -> tuple:
    """Who works on the person already comes first, then who is asked, then a track, then anybody."""
    if hand.side == Side.SALES:
        return (hand.next_action == Custody.Next.ANSWER, hand.next_action_at)
    return (2 if hand.custodian.kind == Custodian.Kind.TRACK else 3,)


def pair_of(survivor: Lead, loser: Lead, taken=()) -> Pair:
    """The two as a pair; raises Refused where they cannot be one."""
    if survivor.pk == loser.pk:
        raise Refused(_("A lead cannot be merged with itself."))
    for lead in (loser, survivor):
        if lead.merged_into:
            raise Refused(
                _("%(lead)s was merged into %(other)s already.") % {"lead": lead, "other": lead.merged_into}
            )
    return Pair(survivor, loser, frozenset(name for name in taken if name in COLUMNS))
