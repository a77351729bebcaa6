"""To which company somebody belongs, where a person knows better than the domain of their e-mail."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as later

from leads import news
from leads.accounts import listing
from leads.models import Account, AccountMove, Lead
from people.models import User

NONE, SHOWN = "none", 20


class Search(forms.Form):
    """Which company to look for."""

    q = forms.CharField(
        label=later("Name or domain"), max_length=200, required=False,
        widget=forms.TextInput({"list": "companies", "autocomplete": "off"}),
    )  # fmt: skip

    def found(self, lead: Lead, user: User) -> QuerySet[Account]:
        """Those in which every word stands; at first, those that the lead's own addresses speak of."""
        words = self.data.get("q", "").replace("\x00", "")[:200].split()[:6]
        every = Q() if words else Q(domain__iexact=lead.email.rpartition("@")[2] or "-")
        for word in words:
            every &= Q(name__icontains=word) | Q(domain__icontains=word)
        others = listing.visible_to(user).filter(every).exclude(pk=lead.account_id or 0)
        return others.order_by(Lower("name"), "pk")[:SHOWN]


def chosen(said: str, user: User) -> Account | None:
    """The company that was chosen, None for none; raises DoesNotExist for what is neither."""
    if said == NONE:
        return None
    try:
        return listing.visible_to(user).get(public_id=UUID(said))
    except ValueError:
        raise Account.DoesNotExist from None


@transaction.atomic
def move(lead: Lead, account: Account | None, *, by: User, at: datetime) -> bool:
    """Let them belong to another company, or to none, from now on; False where they do already."""
    lead = Lead.objects.select_for_update(no_key=True).select_related(None).get(pk=lead.pk)
    if lead.account_id == (account and account.pk):
        return False
    AccountMove.objects.create(lead=lead, was_id=lead.account_id, now=account, by=by, at=at)
    Lead.objects.filter(pk=lead.pk).update(account=account)
    news.changed([lead.pk], at=at)
    return True
