"""Companies as people look for them: the list and its pages, and one company with all its people."""

from collections.abc import Iterable

from django import forms
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as later

from leads import dossier
from leads.models import Account, Fact, Lead
from people.models import User
from people.models.user import SALES, SALES_MANAGERS

PAGE, PEOPLE = 50, 200


def visible_to(user: User) -> QuerySet[Account, Account]:
    """Who sees every lead sees every company; a rep those they own and those of leads they may see."""
    if user.is_superuser or user.group_names - {SALES}:
        return Account.objects.live()
    if not user.is_in(SALES, SALES_MANAGERS):
        return Account.objects.none()
    theirs = Lead.objects.visible_to(user).exclude(account=None).values("account")
    return Account.objects.live().filter(Q(owner=user) | Q(pk__in=theirs))


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
    return known_of([account])


def known_of(accounts: Iterable[Account]) -> list[dossier.Known]:
    rows = (
        Fact.objects.filter(account__in=accounts)
        .select_related("field", "by")
        .order_by("-saying", "-at", "-pk")
    )
    fields: dict[str, dossier.Known] = {}
    for fact in rows:
        fields.setdefault(fact.field.key, dossier.Known(fact.field, [])).said.append(dossier.Saw(fact))
    return sorted(fields.values(), key=lambda one: one.field.label)
