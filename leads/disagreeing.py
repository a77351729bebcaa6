"""Where who told us of one thing contradict each other: a sentence for whoever is about to call.

Of each kind of source its latest word counts. What two kinds say differently is shown until somebody asks
again: once people have given the standing answer a second time since the other was given, it is settled.
"""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads.answers import is_prose
from leads.dossier import ASKED, Known, Saw, known_of_all
from leads.models import Lead, Saying

SAYS = {
    Saying.ENRICHED: later("a look-up says %(answer)s"),
    Saying.SELF_REPORTED: later("the form says %(answer)s"),
    Saying.OBSERVED: later("we saw %(answer)s"),
    Saying.SALES: later("sales heard %(answer)s"),
    Saying.VERIFIED: later("the phone says %(answer)s"),
}
PEOPLE = (Saying.SALES, Saying.VERIFIED)
LONGEST = 80
#: Whole sentences are never the same twice, and no disagreement.
FIELDS = tuple(key for _label, keys, _criterion in ASKED for key in keys if not is_prose(key))


def voices(known: Known) -> list[Saw]:
    """The latest word of each kind of source, where they differ; the one that counts is the first."""
    latest: dict[int, Saw] = {}
    for one in known.said:
        latest.setdefault(one.fact.saying, one)
    others = [one for one in latest.values() if _plain(one) != _plain(known.best)]
    open_ones = [one for one in others if not _is_settled(known, one)]
    return [known.best, *open_ones] if open_ones else []


def _is_settled(known: Known, other: Saw) -> bool:
    """People gave the standing answer twice since: somebody asked again."""
    again = [
        one
        for one in known.said
        if one.fact.saying in PEOPLE and one.fact.at > other.fact.at and _plain(one) == _plain(known.best)
    ]
    return len(again) > 1


def _plain(saw: Saw) -> str:
    """Capitals and blanks are no disagreement."""
    return " ".join(saw.words.casefold().split())


def sentence(known: Known) -> str:
    """“Employees: the form says 500, the phone says 40”; empty where all agree."""
    found = sorted(voices(known), key=lambda one: one.fact.at)
    if not found:
        return ""
    said = ", ".join(str(SAYS[Saying(one.fact.saying)]) % {"answer": _short(one.words)} for one in found)
    return _("%(field)s: %(said)s") % {"field": known.field.label, "said": said}


def _short(words: str) -> str:
    words = " ".join(words.split())
    return f"{words[: LONGEST - 1]}…" if len(words) > LONGEST else words


def sentences(known: Mapping[str, Known]) -> list[str]:
    """The disagreements about what a rep asks first, in the order in which it is shown."""
    return [said for key in FIELDS if key in known and (said := sentence(known[key]))]


def among(leads: Sequence[Lead]) -> dict[int, list[str]]:
    """The same for many leads, in one query."""
    return {lead: sentences(known) for lead, known in known_of_all(leads, keys=FIELDS).items()}
