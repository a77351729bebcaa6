"""Writing, signing and enforcing agreements, and finding the one that covers a lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from handoff.models import Agreement, Signature
from handoff.terms import Terms, content_hash
from handoff.terms.standard import interim_terms, sheet_terms, standard_sheet, standard_terms, with_words
from leads.models import ScoreSheet, Tally
from nurture.models import Track
from people.models import Calendar, Side, Team, User
from people.models.user import MARKETING_MANAGERS, SALES_MANAGERS

SIGNERS = {Side.MARKETING: MARKETING_MANAGERS, Side.SALES: SALES_MANAGERS}


class Refused(Exception):
    """A plain sentence that says why not."""


@dataclass(frozen=True)
class InForce:
    """An agreement that holds now, with its terms read."""

    agreement: Agreement
    terms: Terms


def draft(
    team: Team, terms: Mapping[str, Any], *, sheet: ScoreSheet | None = None, at: datetime, by: User | None
) -> Agreement:
    """The next version for a team, unsigned; terms that cannot be read are an error here, not later."""
    terms = with_words(terms)
    Terms.parse(terms)
    last = Agreement.objects.filter(team=team).aggregate(Max("number"))["number__max"] or 0
    return Agreement.objects.create(
        team=team,
        number=last + 1,
        terms=terms,
        sheet=sheet,
        content_hash=content_hash(terms),
        at=at,
        by=by,
    )


def edit(agreement: Agreement, terms: Mapping[str, Any]) -> None:
    """Change a draft. Its hash changes with it, so signatures under the old text no longer count."""
    terms = with_words(terms)
    Terms.parse(terms)
    changed = Agreement.objects.filter(pk=agreement.pk, state=Agreement.State.DRAFT).update(
        terms=terms, content_hash=content_hash(terms)
    )
    if not changed:
        raise Refused(_("A signed agreement does not change; make a new draft."))
    agreement.refresh_from_db()


def side_of(agreement: Agreement, user: User) -> str:
    """The side for which this person may sign, or a refusal."""
    if user.is_in(SALES_MANAGERS) and user.team_id == agreement.team_id:
        return Side.SALES
    if agreement.team.manager_id == user.pk:
        return Side.SALES
    if MARKETING_MANAGERS in user.group_names:
        return Side.MARKETING
    raise Refused(_("Only a marketing manager and the manager of the sales team sign."))


@transaction.atomic
def sign(agreement: Agreement, user: User, at: datetime) -> Signature:
    """Put one side's name under the content as it stands; the second name makes it signed."""
    agreement = Agreement.objects.select_for_update().select_related("team").get(pk=agreement.pk)
    if agreement.state != Agreement.State.DRAFT:
        raise Refused(_("This version is signed already."))
    if content_hash(agreement.terms) != agreement.content_hash:
        raise Refused(_("The text and its hash differ; save the draft again."))
    if agreement.sheet and sheet_terms(agreement.sheet) != agreement.terms["sheet"]:
        raise Refused(_("The score sheet has changed since this text was written; take its points up first."))
    side = side_of(agreement, user)
    signed = valid_signatures(agreement)
    if side in signed:
        raise Refused(_("%(name)s has signed for this side.") % {"name": signed[side].user})
    if any(one.user_id == user.pk for one in signed.values()):
        raise Refused(_("Nobody signs for both sides."))
    signature = Signature.objects.create(
        agreement=agreement, side=side, user=user, content_hash=agreement.content_hash, at=at
    )
    if len(signed) == 1:
        Agreement.objects.filter(pk=agreement.pk).update(state=Agreement.State.SIGNED)
        ScoreSheet.objects.filter(agreement=agreement, frozen_at=None).update(frozen_at=at)
    return signature


def valid_signatures(agreement: Agreement) -> dict[str, Signature]:
    """The signatures under the very content of today, by side."""
    under = agreement.signatures.filter(content_hash=agreement.content_hash).select_related("user")
    return {signature.side: signature for signature in under}


@transaction.atomic
def enforce(agreement: Agreement, at: datetime) -> Agreement:
    """From now on this version holds; the one before is superseded, its handoffs keep it."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    signed = valid_signatures(agreement)
    if set(signed) != {Side.MARKETING, Side.SALES}:
        raise Refused(_("Both sides have to sign the same text first."))
    Agreement.objects.filter(team=agreement.team_id, state=Agreement.State.IN_FORCE).update(
        state=Agreement.State.SUPERSEDED, superseded_at=at
    )
    agreement.state, agreement.in_force_from = Agreement.State.IN_FORCE, at
    agreement.save(update_fields=["state", "in_force_from"])
    Tally.objects.filter(lead__custody__side=Side.MARKETING).update(next_check_at=at)  # judge everybody anew
    return agreement


def in_force() -> list[InForce]:
    """Every agreement that holds, in the order in which they are asked; the last is for everybody."""
    held = Agreement.objects.filter(state=Agreement.State.IN_FORCE).select_related("team", "sheet")
    return [InForce(one, terms_of(one)) for one in held.order_by("position", "pk")]


_read: dict[str, Terms] = {}


def terms_of(agreement: Agreement) -> Terms:
    """The terms of an agreement, read once for each content; a draft's may change under its hash."""
    if agreement.state == Agreement.State.DRAFT:
        return Terms.parse(agreement.terms)
    key = agreement.content_hash
    if key not in _read:
        if len(_read) > 200:
            _read.clear()
        _read[key] = Terms.parse(agreement.terms)
    return _read[key]


def terms_for(handoff) -> Terms:
    """The terms a handoff was made under; before anything was signed, what holds until then."""
    if handoff.agreement_id:
        return terms_of(handoff.agreement)
    return interim()


def first_team() -> Team:
    """The sales team that was there first: whom a request reaches while nothing is signed."""
    there = Team.objects.filter(side=Side.SALES).select_related("calendar").order_by("pk").first()
    if there is None:  # nobody has set up sales yet; a request still has to reach a person
        office = Calendar.objects.get_or_create(name=_("Office"))[0]
        there = Team.objects.create(name=_("Sales"), side=Side.SALES, calendar=office)
    return there


def interim() -> Terms:
    """What holds until an agreement is signed."""
    return Terms.parse(interim_terms(first_team()))


def standard_draft(team: Team, *, at: datetime, by: User | None = None) -> Agreement:
    """The agreement that ships, as a draft that names the tracks there are."""
    sheet = standard_sheet(at)
    tracks = dict(Track.objects.exclude(state=Track.State.RETIRED).values_list("name", "pk"))
    return draft(team, standard_terms(team, sheet, tracks=tracks), sheet=sheet, at=at, by=by)


@transaction.atomic
def install_default(team: Team, marketing_manager: User, sales_manager: User, at: datetime) -> Agreement:
    """Draft, sign and enforce the agreement that ships."""
    made = standard_draft(team, at=at, by=marketing_manager)
    sign(made, marketing_manager, at)
    sign(made, sales_manager, at)
    return enforce(made, at)
