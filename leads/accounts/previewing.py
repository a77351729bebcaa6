"""What a merge of two accounts would leave: what follows, each column with what holds, and what is known."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from leads import dossier
from leads.accounts import domains, listing
from leads.accounts.pair import COLUMNS, Pair
from leads.merging import Says
from leads.merging.preview import Column
from leads.models import Account, Lead

LABELS = {"name": later("Name"), "owner": later("Owner")}


def shown(pair: Pair) -> dict[str, Any]:
    """Everything that the page of a merge says."""
    return {"pair": pair, "says": lines(pair), "columns": columns(pair), "known": known(pair)}


def lines(pair: Pair) -> list[Says]:
    """What follows, in sentences."""
    people = Lead.objects.live().filter(account=pair.loser).count()
    move = ngettext("%(n)d person moves to %(account)s.", "%(n)d people move to %(account)s.", people)
    both = [*domains.of(pair.survivor), *domains.of(pair.loser)]
    says = [
        Says(_("People"), move % {"n": people, "account": pair.survivor}),
        Says(_("Domains"), ", ".join(both) if both else _("Neither has one.")),
        Says(_("Target"), _target(pair)),
        Says(_("History"), _("Both are kept: every move, every owner, and who said what.")),
    ]
    if pair.differs("owner"):
        owner = pair.value("owner")
        words = _(
            "%(owner)s stays the owner, unless you choose the other below; open handoffs stay where they are."
        )
        says.append(Says(_("Owner"), words % {"owner": owner}, conflict=True))
    return says


def _target(pair: Pair) -> str:
    if not pair.is_target:
        return _("No named target.")
    if pair.survivor.is_target == pair.loser.is_target:
        return _("A named target, as both were.")
    named = pair.survivor if pair.survivor.is_target else pair.loser
    return _("A named target, because %(account)s was one.") % {"account": named}


def columns(pair: Pair) -> list[Column]:
    """Those of which either says something."""
    found = []
    for name in COLUMNS:
        mine, theirs = getattr(pair.survivor, name), getattr(pair.loser, name)
        taken = bool(theirs) and (name in pair.taken or not mine)
        if mine or theirs:
            column = Column(name, str(LABELS[name]), mine or "", theirs or "", taken, pair.differs(name))
            found.append(column)
    return found


def known(pair: Pair) -> list[dossier.Known]:
    """Every field that somebody answered about either: the best saying first, then the latest."""
    return listing.known_of(Account.objects.filter(pk__in=[pair.survivor.pk, pair.loser.pk]))
