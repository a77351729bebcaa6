"""What a few typed words find among leads: people, companies, saved views and forms."""

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from leads.lists.asking import Asked
from leads.lists.finding import Listing, TooSlow, patience
from leads.models import Account, Form, Lead, SavedView, ScoreSheet
from people.access import MARKETERS
from people.finding import SHOWN, Found, finder, fits
from people.models.user import SALES

PATIENCE = 1_000


@finder(_("Leads"), order=10)
def leads(user, words, at):
    """The newest whose name, address or company has every word."""
    if not words:
        return []
    listing = Listing(user, Asked({}, q=words), at, ScoreSheet())
    try:
        with patience(PATIENCE):
            pks = [pk for _run, _key, pk in listing.keys("", SHOWN)]
    except TooSlow:
        return []
    rows = Lead.objects.filter(pk__in=pks).select_related("account").order_by("-pk")
    return [Found(one.name, one.get_absolute_url(), "user", _note(one)) for one in rows]


def _note(lead: Lead) -> str:
    return ", ".join(str(part) for part in (lead.account, lead.email) if part and str(part) != lead.name)


@finder(_("Companies"), order=20)
def accounts(user, words, at):
    if not words:
        return []
    found = Account.objects.live().annotate(plain=Lower("name"))
    for word in words.split()[:6]:
        found = found.filter(plain__contains=word.lower())
    if user.group_names == {SALES}:
        theirs = Lead.objects.visible_to(user).values("account")
        found = found.filter(Q(owner=user) | Q(pk__in=theirs))
    rows = list(found.order_by("plain")[:SHOWN])
    return [Found(one.name, one.get_absolute_url(), "building-2", one.domain) for one in rows]


@finder(_("Views"), order=50)
def views(user, words, at):
    found = SavedView.objects.visible_to(user)
    return [Found(str(one), one.get_absolute_url(), "bookmark") for one in found if fits(words, one)]


@finder(_("Forms"), order=60)
def forms(user, words, at):
    if not words:
        return []
    there = "form_edit" if user.is_in(*MARKETERS) else "form_page"
    found = [one for one in Form.objects.all() if fits(words, one.title, one.slug)]
    return [Found(str(one), reverse(there, args=[one.slug]), "text-cursor-input") for one in found]
