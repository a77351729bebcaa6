"""Which mail domains belong to which company: its own, its aliases, and those of companies folded into it."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models.functions import Lower

from leads.models import Account, AccountDomain
from people.models import User


def owners(hosts: Collection[str]) -> dict[str, Account]:
    """Whose each of these domains is (in small letters), where it is anybody's."""
    if not hosts:
        return {}
    own = Account.objects.exclude(domain="").annotate(host=Lower("domain")).filter(host__in=hosts)
    found = {row.host: row.stays for row in own.select_related("merged_into")}
    aliases = AccountDomain.objects.annotate(host=Lower("domain")).filter(host__in=hosts)
    rows = aliases.select_related("account__merged_into")
    return {row.host: row.account.stays for row in rows} | found


def of(account: Account) -> list[str]:
    """Every domain of an account, its own first."""
    others = AccountDomain.objects.filter(account__in=Account.objects.same_as(account))
    folded = account.merged.exclude(domain="").values_list("domain", flat=True)
    rest = {*others.values_list("domain", flat=True), *folded} - {account.domain}
    return [*filter(None, [account.domain]), *sorted(rest)]


def hold() -> None:
    """Wait until nobody writes accounts, and let nobody; whoever adds an alias asks for this first."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_account IN SHARE ROW EXCLUSIVE MODE")


def say(account: Account, told: Collection[str], *, by: User, at: datetime) -> None:
    """These are its aliases from now on, and no others."""
    account.domains.exclude(domain__in=told).delete()
    known = set(account.domains.values_list("domain", flat=True))
    AccountDomain.objects.bulk_create(
        AccountDomain(account=account, domain=domain, by=by, at=at) for domain in sorted({*told} - known)
    )
