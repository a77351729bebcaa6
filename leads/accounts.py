"""Companies as people look for them: the list and its pages, and one company with all its people."""

from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads import addresses, dossier, facts, news
from leads.models import Account, Fact, Lead
from people.models import User
from people.models.user import SALES, SALES_MANAGERS

PAGE, PEOPLE = 50, 200


def visible_to(user: User) -> QuerySet[Account, Account]:
    """Who sees every lead sees every company; a rep those they own and those of leads they may see."""
    if user.is_superuser or user.group_names - {SALES}:
        return Account.objects.all()
    if not user.is_in(SALES, SALES_MANAGERS):
        return Account.objects.none()
    theirs = Lead.objects.visible_to(user).exclude(account=None).values("account")
    return Account.objects.filter(Q(owner=user) | Q(pk__in=theirs))


class Narrowing(forms.Form):
    """What the reader wants to see; it lives in the address."""

    q = forms.CharField(label=later("Name or domain"), max_length=200, required=False)
    which = forms.ChoiceField(
        label=later("Which"),
        choices=[("", later("All")), ("targets", later("Named targets")), ("mine", later("Mine"))],
        required=False,
    )

    def narrowed(self, accounts: QuerySet, user: User) -> QuerySet:
        self.is_valid()
        told = {"q": "", "which": "", **self.cleaned_data}
        for word in told["q"].replace("\x00", "").split()[:6]:
            accounts = accounts.filter(Q(name__icontains=word) | Q(domain__icontains=word))
        if told["which"] == "targets":
            accounts = accounts.filter(is_target=True)
        return accounts.filter(owner=user) if told["which"] == "mine" else accounts


def page(accounts: QuerySet, after: str, size: int) -> tuple[list[Account], str]:
    """Some companies in the order of their names, and the key of the next page where there is one."""
    rows = accounts.annotate(lower=Lower("name")).order_by("lower", "pk")
    if key := _key(after):
        name, pk = key
        rows = rows.filter(Q(lower__gte=name), Q(lower__gt=name) | Q(pk__gt=pk))
    found = list(rows.select_related("owner")[: size + 1])
    shown = found[:size]
    _count_people(shown)
    return shown, f"{shown[-1].pk}~{shown[-1].lower}" if len(found) > size else ""


def _key(text: str) -> tuple[str, int] | None:
    number, _tilde, name = text.replace("\x00", "").partition("~")
    if not (number.isascii() and number.isdigit() and int(number) < 2**63):
        return None
    return name, int(number)


def _count_people(accounts: list[Account]) -> None:
    """How many people of each are known, in one query."""
    people = Lead.objects.live().filter(account__in=accounts).order_by().values_list("account")
    counts = dict(people.annotate(n=Count("pk")))
    for account in accounts:
        account.people = counts.get(account.pk, 0)  # type: ignore[attr-defined]


def people_of(account: Account, user: User) -> list[Lead]:
    """Those whom this reader may see, the newest first."""
    seen = Lead.objects.visible_to(user).live().filter(account=account)
    return list(seen.select_related("custody__custodian", "source").order_by("-pk")[:PEOPLE])


def known(account: Account) -> list[dossier.Known]:
    """What is known of the company itself: per field, the best answer first, with who said so."""
    rows = (
        Fact.objects.filter(account=account).select_related("field", "by").order_by("-saying", "-at", "-pk")
    )
    fields: dict[str, dossier.Known] = {}
    for fact in rows:
        fields.setdefault(fact.field.key, dossier.Known(fact.field, [])).said.append(dossier.Saw(fact))
    return sorted(fields.values(), key=lambda one: one.field.label)


class Editing(forms.ModelForm):
    """Name, domain, target and owner; who owns it and whether it is a target is dated."""

    owner = forms.ModelChoiceField(
        User.objects.in_groups(SALES, SALES_MANAGERS).order_by("name"), label=later("Owner"), required=False
    )

    class Meta:
        model = Account
        fields = ("name", "domain", "is_target", "owner")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.stood = (self.instance.is_target, self.instance.owner)

    def clean_domain(self) -> str:
        """As intake writes it; a domain of private mailboxes is nobody's."""
        text = self.cleaned_data["domain"].strip()
        if not text:
            return ""
        try:
            domain = addresses.domain(text)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None
        if domain in addresses.FREE_MAIL:
            raise forms.ValidationError(_("“%s” is a domain of private mailboxes.") % domain)
        return domain

    def keep(self, *, by: User, at) -> None:
        """Save it; a change of target or owner is a dated row, and news to everybody in the company."""
        account, told = self.instance, self.cleaned_data
        account.name, account.domain = told["name"], told["domain"]
        was_target, was_owner = self.stood
        account.is_target, account.owner = was_target, was_owner
        account.save(update_fields=["name", "domain"])
        if (told["is_target"], told["owner"]) != self.stood:
            account.stand(is_target=told["is_target"], owner=told["owner"], by=by, at=at)
        news.changed(sorted(facts.people_of([account.pk])), at=at)
