"""Editing a company: its name, its domains, whether it is a named target, and whose it is."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads import addresses, facts, news
from leads.accounts import domains
from leads.models import Account
from people.models import User
from people.models.user import SALES, SALES_MANAGERS

MOST = 50


class Editing(forms.ModelForm):
    """Who owns it and whether it is a target is dated; each domain is of one company."""

    others = forms.CharField(
        label=later("Other mail domains"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea({"rows": 3}),
        help_text=later("One a line. Whoever writes from one of them belongs here."),
    )
    owner = forms.ModelChoiceField(
        User.objects.in_groups(SALES, SALES_MANAGERS).order_by("name"), label=later("Owner"), required=False
    )

    class Meta:
        model = Account
        fields = ("name", "domain", "is_target", "owner")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.stood = (self.instance.is_target, self.instance.owner)
        self.initial["others"] = "\n".join(self.instance.domains.values_list("domain", flat=True))

    def clean_domain(self) -> str:
        """As intake writes it; a domain of private mailboxes is nobody's."""
        text = self.cleaned_data["domain"].strip()
        return self._ours([text])[0] if text else ""

    def clean_others(self) -> list[str]:
        """Each as intake writes it, and nobody else's."""
        words = self.cleaned_data["others"].replace(",", " ").split()
        if len(words) > MOST:
            raise forms.ValidationError(_("At most %d domains.") % MOST)
        return self._ours(words)

    def _ours(self, words: list[str]) -> list[str]:
        try:
            told = [addresses.own_domain(word) for word in words]
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None
        for domain, account in domains.owners(told).items():
            if account != self.instance:
                said = {"domain": domain, "account": account}
                raise forms.ValidationError(
                    _("“%(domain)s” belongs to %(account)s: merge the two, if they are one company.") % said
                )
        return told

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if told.get("others") and not told.get("domain") and "domain" not in self.errors:
            self.add_error("domain", _("Give it a domain of its own first."))
        told["others"] = {*told.get("others", [])} - {told.get("domain")}
        return told

    def keep(self, *, by: User, at: datetime) -> None:
        """Save it; a change of target or owner is a dated row, and news to everybody in the company."""
        account, told = self.instance, self.cleaned_data
        if told["others"]:
            domains.hold()
        account.name, account.domain = told["name"], told["domain"]
        was_target, was_owner = self.stood
        account.is_target, account.owner = was_target, was_owner
        account.domains.filter(domain=account.domain).delete()
        account.save(update_fields=["name", "domain"])
        domains.say(account, told["others"], by=by, at=at)
        if (told["is_target"], told["owner"]) != self.stood:
            account.stand(is_target=told["is_target"], owner=told["owner"], by=by, at=at)
        news.changed(sorted(facts.people_of([account.pk])), at=at)
