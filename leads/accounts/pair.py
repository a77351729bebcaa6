"""The two accounts of a merge, and what decides which of them gives what."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from leads.merging import Refused
from leads.models import Account

#: What the reader may choose between where both say something else; whatever the survivor lacks is filled.
COLUMNS = ("name", "owner")


@dataclass(frozen=True)
class Pair:
    """Which account stays and which is folded into it, and the columns taken from the other."""

    survivor: Account
    loser: Account
    taken: frozenset[str] = field(default=frozenset())

    @property
    def is_target(self) -> bool:
        """What either was named, both are."""
        return self.survivor.is_target or self.loser.is_target

    def value(self, column: str):
        kept, other = getattr(self.survivor, column), getattr(self.loser, column)
        return other if other and (column in self.taken or not kept) else kept

    def differs(self, column: str) -> bool:
        kept, other = getattr(self.survivor, column), getattr(self.loser, column)
        return bool(kept and other and kept != other)


def pair_of(survivor: Account, loser: Account, taken=()) -> Pair:
    """The two as a pair; raises Refused where they cannot be one."""
    if survivor.pk == loser.pk:
        raise Refused(_("An account cannot be merged with itself."))
    for account in (loser, survivor):
        if account.merged_into:
            raise Refused(
                _("%(account)s was merged into %(other)s already.")
                % {"account": account, "other": account.merged_into}
            )
    return Pair(survivor, loser, frozenset(name for name in taken if name in COLUMNS))
