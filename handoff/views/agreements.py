"""The agreement as a document: its text, its reasons, its points, and two signatures."""

from itertools import groupby

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from handoff import agreements as pacts
from handoff import points
from handoff.models import Agreement
from handoff.terms import proposing
from handoff.terms.moving import moves
from handoff.terms.reasons import reasons
from handoff.terms.words import sentences
from people.access import EVERYBODY, MANAGERS, only
from people.models import Side, Team


@require_safe
@only(*EVERYBODY)
def agreements(request):
    found = Agreement.objects.select_related("team").order_by("position", "team", "-number")
    bare = Team.objects.filter(side=Side.SALES, agreements=None)
    return render(request, "handoff/agreements.html", {"agreements": found, "bare": bare})


@require_safe
@only(*EVERYBODY)
def agreement(request, public_id):
    found = get_object_or_404(Agreement.objects.select_related("team", "by", "sheet"), public_id=public_id)
    terms = pacts.terms_of(found)
    signed = pacts.valid_signatures(found)
    shown = {
        "agreement": found,
        "sections": [
            (head, list(texts)) for head, texts in groupby(sentences(terms), lambda one: one.heading)
        ],
        "reasons": reasons(terms),
        "moves": moves(terms),
        "ratings": proposing.table(terms),
        "rules": terms.json["sheet"]["rules"],
        "newer": points.newer_sheet(found),
        "signatures": [(side, label, signed.get(side)) for side, label in Side.choices],
        "may_sign": found.state == Agreement.State.DRAFT and request.user.is_manager,
        "hash": " ".join(found.content_hash[i : i + 4] for i in range(0, 16, 4)),
    }
    return render(request, "handoff/agreement.html", shown)


@require_POST
@only(*MANAGERS)
def draft_standard(request, team):
    """Start from the agreement that ships."""
    team = get_object_or_404(Team, pk=team, side=Side.SALES)
    made = pacts.standard_draft(team, at=timezone.now(), by=request.user)
    return redirect(made)


@require_POST
@only(*MANAGERS)
def draft_points(request, public_id):
    """Write the newest points of the agreement's sheet into a draft of its text."""
    found = get_object_or_404(Agreement.objects.select_related("team", "sheet"), public_id=public_id)
    newer = points.newer_sheet(found)
    made = points.take_up(found, newer, at=timezone.now(), by=request.user) if newer else found
    return redirect(made)


@require_POST
@only(*MANAGERS)
def sign(request, public_id):
    """Sign the very text on the page, with the password once more; the second name puts it in force."""
    found, at = get_object_or_404(Agreement, public_id=public_id), timezone.now()
    if not request.user.check_password(request.POST.get("password", "")):
        messages.error(request, _("That is not your password. Nothing was signed."))
        return redirect(found)
    if request.POST.get("hash") != found.content_hash:
        messages.error(request, _("The text changed since you read it. Read it again before you sign."))
        return redirect(found)
    try:
        pacts.sign(found, request.user, at)
        if len(pacts.valid_signatures(found)) == 2:
            pacts.enforce(found, at)
    except pacts.Refused as why:
        messages.error(request, str(why))
    return redirect(found)
