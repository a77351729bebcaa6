"""Folding two leads into one and taking that apart again: only ever because a person says so."""

from leads.merging.doing import merge
from leads.merging.pair import Pair, Refused, pair_of
from leads.merging.parts import Part, Says, register
from leads.merging.undoing import DAYS, objections, unmerge

__all__ = ["DAYS", "Pair", "Part", "Refused", "Says", "merge", "objections", "pair_of", "register", "unmerge"]
