"""The agreement in English, made from its terms and from nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handoff.terms import Terms, moving, proposing
from handoff.terms.durations import days, working_time
from handoff.terms.parts import Clause
from leads.conditions import sentence
from people.models import Side


@dataclass(frozen=True)
class ClauseText:
    """One numbered sentence of the agreement, and whose promise it is."""

    key: str
    number: int
    heading: str
    side: str  # marketing, sales or both
    text: str


def sentences(terms: Terms) -> list[ClauseText]:
    """Every promise in order, numbered through."""
    written = (
        (heading, part)
        for heading, section in (
            (_("Who is covered"), _covered),
            (_("Who is passed to sales"), _passed),
            (_("Who stays with marketing"), _stays),
            (_("What sales does next"), _next),
            (_("When sales says no"), _no),
            (_("When nobody answers"), _silence),
            (_("How a lead moves"), _moves),
        )
        for part in section(terms)
    )
    return [
        ClauseText(key, number, heading, side, text)
        for number, (heading, (key, side, text)) in enumerate(written, start=1)
    ]


Part = tuple[str, str, str]


def _covered(terms: Terms) -> Iterator[Part]:
    who = sentence(terms.covers, terms.vocabulary)
    yield (
        "covers",
        "both",
        _("This agreement with %(team)s covers %(who)s.")
        % {
            "team": terms.team,
            "who": who if terms.covers_everybody else _("whoever fits this: %(who)s") % {"who": who},
        },
    )
    for word in terms.json["definitions"]:
        yield f"means-{word['word']}", "both", f"{word['word']}: {word['means']}"
    if terms.excludes is not None:
        who = sentence(terms.excludes, terms.vocabulary)
        yield (
            "excludes",
            "both",
            _("Nobody is passed of whom this holds: %(who)s. Who asks to talk to sales is passed even so.")
            % {"who": who},
        )


def _moves(terms: Terms) -> Iterator[Part]:
    yield "stages", "both", moving.stages(terms)
    yield "moves", "both", _("Nobody moves a lead by hand; these moves do, forward and back.")


def _passed(terms: Terms) -> Iterator[Part]:
    for clause in terms.clauses:
        answer = _("Sales answers within %(time)s.") % {"time": working_time(clause.minutes)}
        route = _(" It goes to the sales manager.") if clause.to == "manager" else ""
        yield clause.trigger, Side.SALES.value, f"{_CASES[clause.trigger](clause, terms)}{route} {answer}"
    if terms.ratings.proposals:
        yield "ratings", "both", proposing.promise(terms)
    yield from _early(terms)


def _early(terms: Terms) -> Iterator[Part]:
    early = terms.exceptions
    codes = "; ".join(f"{code.code}, {code.label}" for code in early.codes)
    if early.codes:
        yield (
            "exceptions",
            Side.MARKETING.value,
            _(
                "Marketing may pass a person early under an exception code (%(codes)s), at most %(n)d times"
                " a month. Sales answers within %(time)s."
            )
            % {"codes": codes, "n": early.a_month, "time": working_time(early.minutes)},
        )


def _consultation(clause: Clause, terms: Terms) -> str:
    return _("A person who asks to talk to sales is passed at once, day or night.")


def _target(clause: Clause, terms: Terms) -> str:
    return _(
        "When anybody at a named target account answers anything we send, the owner of the account is"
        " told at once; an answer counts for %(n)d days."
    ) % {"n": clause.days}


def _criteria(clause: Clause, terms: Terms) -> str:
    return _(
        "A person is sales-qualified when need, timeframe, authority and profile, each rated 1 to 3,"
        " add up to %(n)d or more of 12."
    ) % {"n": clause.needed}


def _score(clause: Clause, terms: Terms) -> str:
    sheet = terms.json["sheet"]
    passed = _(
        "A person whose fit and behaviour reach %(points)d points on score sheet “%(sheet)s” is passed."
    ) % {"points": clause.threshold, "sheet": f"{sheet['name']} {sheet['number']}"}
    return " ".join([passed, *shared_caps(terms)])


def shared_caps(terms: Terms) -> Iterator[str]:
    """The caps that rules share."""
    groups: dict[tuple[str, int], list[str]] = {}
    for rule in terms.rules:
        if rule.group:
            groups.setdefault((rule.group, rule.group_cap), []).append(rule.label)
    for (name, cap), labels in groups.items():
        yield _("%(name)s (%(rules)s) earn at most %(cap)d points together.") % {
            "name": name,
            "rules": ", ".join(labels),
            "cap": cap,
        }
    if (cap := terms.json["sheet"].get("likely_each")) is not None:
        yield _("What was only likely done by a person earns at most %(cap)d points each time.") % {
            "cap": cap
        }
    if (cap := terms.json["sheet"].get("likely_cap")) is not None:
        yield _("All that was only likely done by a person earns at most %(cap)d points.") % {"cap": cap}


_CASES: dict[str, Callable[[Clause, Terms], str]] = {
    "consultation": _consultation,
    "target": _target,
    "criteria": _criteria,
    "score": _score,
}


def _stays(terms: Terms) -> Iterator[Part]:
    marketing, doubt = Side.MARKETING.value, terms.not_sure
    yield (
        "not-ready",
        marketing,
        _(
            "A person who is not ready stays on the track that fits best, and is judged again with"
            " everything they do."
        ),
    )
    settle = ngettext(
        "A person of whom we are not sure, and where %(n)d answer would settle it, is called by"
        " marketing within %(time)s and judged again.",
        "A person of whom we are not sure, and where at most %(n)d answers would settle it, is called by"
        " marketing within %(time)s and judged again.",
        doubt.unknowns,
    )
    yield "not-sure", marketing, settle % {"n": doubt.unknowns, "time": days(doubt.days)}


def _next(terms: Terms) -> Iterator[Part]:
    after = terms.after_accept
    yield (
        "accepted",
        Side.SALES.value,
        _(
            "Whoever accepts makes first contact within %(time)s, and tries at least %(n)d times before"
            " giving the person back."
        )
        % {"time": working_time(after.minutes), "n": after.attempts},
    )
    yield "route", Side.SALES.value, _route(terms)


def _route(terms: Terms) -> str:
    names = ", ".join(territory.name for territory in terms.ladder.territories)
    territories = _(" then to the reps of the territory (%(names)s),") % {"names": names} if names else ""
    return _(
        "A handoff goes to the owner of the account,%(territories)s then to whoever of the team is at"
        " work with the fewest open handoffs for their weight and room left this week, then to the sales"
        " manager."
    ) % {"territories": territories}


def _no(terms: Terms) -> Iterator[Part]:
    yield "reasons", "both", _("The reason decides where the lead goes, and nobody else does.")


def _silence(terms: Terms) -> Iterator[Part]:
    yield (
        "late",
        Side.SALES.value,
        _(
            "A handoff past its promise is told to the sales manager. When the same time has passed once"
            " more, the manager holds it."
        ),
    )
