"""Target lists as a file tells them: which companies are named targets, and whose they are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import addresses, facts, news
from leads.accounts import domains
from leads.imports import kinds, names
from leads.imports.kinds import Outcome, Target, Told
from leads.models import Account, AccountStanding, Import
from people.models import User
from people.models.user import SALES, SALES_MANAGERS

TARGETS = [
    Target("name", gettext_lazy("Company"), "", ("name", *names.PEOPLE["company"])),
    Target("domain", gettext_lazy("Company's domain"), "", names.PEOPLE["domain"]),
    Target("owner", gettext_lazy("Owner's e-mail"), "",
           ("owner", "owner_email", "owner_e_mail", "account_owner", "rep", "betreuer", "responsavel",
            "propietario")),
    Target("target", gettext_lazy("Named target (yes or no)"), "",
           ("target", "named_target", "is_target", "target_account", "named_account", "zielkunde",
            "conta_alvo", "cuenta_objetivo")),
]  # fmt: skip
YES = frozenset(["yes", "y", "true", "1", "x", "ja", "sim", "si", "oui"])
NO = frozenset(["no", "n", "false", "0", "nein", "nao", "non"])
LONGEST = 200


@dataclass(slots=True)
class Named:
    """A company as a row names it; a blank owner leaves whose it is as it was."""

    index: int
    number: int
    name: str
    domain: str
    owner: User | None
    is_target: bool


def admit(rows: Sequence[Told], batch: Import, at: datetime) -> Outcome:
    """Companies are found by domain, then by name, or made; what is said of them is dated."""
    outcome = Outcome(lead_ids=[None] * len(rows))
    named = _read(rows, outcome)
    accounts, fresh = _accounts(named, batch, at, outcome)
    changed = _stand(_agreed(named, accounts, outcome), accounts, batch, at)
    outcome.created, outcome.updated = len(fresh), len(changed - fresh)
    news.changed(sorted(facts.people_of(changed)), at=at)
    outcome.unchanged = len(rows) - len(outcome.refusals) - outcome.created - outcome.updated
    return outcome


def _read(rows: Sequence[Told], outcome: Outcome) -> list[Named]:
    owners = {user.email.lower(): user for user in User.objects.in_groups(SALES, SALES_MANAGERS)}
    named = []
    for index, told in enumerate(rows):
        try:
            named.append(_named(index, told, owners))
        except kinds.Refused as refused:
            outcome.refusals.append((index, refused.target, str(refused)))
    return named


def _named(index: int, told: Told, owners: dict[str, User]) -> Named:
    values = told.values
    name, domain = values.get("name", ""), _domain(values.get("domain", ""))
    if not (name or domain):
        raise kinds.Refused("name", _("It is blank."))
    if len(name) > LONGEST:
        raise kinds.Refused("name", _("The text is longer than %d characters.") % LONGEST)
    said = values.get("owner", "")
    owner = owners.get(said.lower())
    if said and owner is None:
        raise kinds.Refused("owner", _("Nobody in sales has the e-mail “%s”.") % said[:80])
    return Named(index, told.number, name, domain, owner, _yes(values.get("target", "")))


def _domain(text: str) -> str:
    try:
        return addresses.own_domain(text) if text else ""
    except ValueError as problem:
        raise kinds.Refused("domain", str(problem)) from None


def _yes(text: str) -> bool:
    word = kinds.simple(text)
    if word and word not in YES | NO:
        raise kinds.Refused("target", _("“%s” is neither yes nor no.") % text[:80])
    return word not in NO


def _accounts(
    named: Sequence[Named], batch: Import, at: datetime, outcome: Outcome
) -> tuple[dict[int, Account], set[int]]:
    """The account of each row by its index, and which are new: nobody knew them."""
    known, ambiguous = _find(named)
    missing = [one for one in named if one.index not in known and one.index not in ambiguous]
    fresh = {
        (one.domain, "" if one.domain else one.name.lower()): Account(
            name=one.name or one.domain, domain=one.domain, imported_by=batch, at=at
        )
        for one in reversed(missing)
    }
    Account.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    found, ambiguous = _find(named) if fresh else (known, ambiguous)
    lost = {one.index for one in named} - found.keys()
    outcome.refusals += [(index, "name", _several()) for index in sorted(lost | ambiguous)]
    ours = {account.pk for account in known.values()}
    return found, {account.pk for account in found.values()} - ours


def _several() -> str:
    return _("Several companies are called so: give the domain.")


def _find(named: Sequence[Named]) -> tuple[dict[int, Account], set[int]]:
    """Rows whose company is known, and those that may mean several."""
    hosts = {one.domain for one in named} - {""}
    called = {one.name.lower() for one in named} - {""}
    by_domain = domains.owners(hosts)
    by_name: dict[str, list[Account]] = defaultdict(list)
    rows = (
        Account.objects.annotate(lower=Lower("name")).filter(lower__in=called).select_related("merged_into")
    )
    for row in rows.order_by("pk"):
        if row.stays not in by_name[row.lower]:
            by_name[row.lower].append(row.stays)
    found: dict[int, Account] = {}
    ambiguous: set[int] = set()
    for one in named:
        alike = by_name.get(one.name.lower(), [])
        if one.domain:  # somebody of that name with another domain is another company
            alike = [account for account in alike if not account.domain]
        account = by_domain.get(one.domain) or (alike[0] if len(alike) == 1 else None)
        if account:
            found[one.index] = account
        elif alike:
            ambiguous.add(one.index)
    return found, ambiguous


def _agreed(named: Sequence[Named], accounts: dict[int, Account], outcome: Outcome) -> list[Named]:
    """One row of each company; one that contradicts an earlier row is refused."""
    first: dict[int, Named] = {}
    for one in named:
        if account := accounts.get(one.index):
            before = first.setdefault(account.pk, one)
            if (before.is_target, before.owner) != (one.is_target, one.owner):
                said = _("Row %d says something else of this company.") % before.number
                outcome.refusals.append((one.index, "target", said))
    return list(first.values())


def _stand(named: Sequence[Named], accounts: dict[int, Account], batch: Import, at: datetime) -> set[int]:
    """Write what is new of these companies, each with its date; returns which changed."""
    ids = [accounts[one.index].pk for one in named]
    facts.lock(account_ids=ids)
    claimed = domains.owners({one.domain for one in named} - {""})
    dated = set(AccountStanding.objects.filter(account__in=ids).values_list("account", flat=True))
    rows, changed = [], []
    for one in named:
        account = accounts[one.index]
        owner = one.owner.pk if one.owner else account.owner_id
        stands = (one.is_target, owner) == (account.is_target, account.owner_id)
        told = account.domain or ("" if one.domain in claimed else one.domain)
        if stands and told == account.domain:
            continue
        changed.append(account)
        account.domain = told
        if not stands:
            if account.pk not in dated and (account.is_target or account.owner_id):
                rows.append(_standing(account, account.at))  # it was so from its beginning
            account.is_target, account.owner_id = one.is_target, owner
            rows.append(_standing(account, at, by=batch.by, imported_by=batch))
    Account.objects.bulk_update(changed, ["domain", "is_target", "owner"], batch_size=1_000)
    AccountStanding.objects.bulk_create(rows)
    return {account.pk for account in changed}


def _standing(account: Account, at: datetime, **said) -> AccountStanding:
    stands = {"is_target": account.is_target, "owner_id": account.owner_id}
    return AccountStanding(account=account, at=at, known_at=at, **stands, **said)


def undo(batch: Import, at: datetime) -> list[str]:
    """Companies stand as before, unless somebody has said something since; new ones that nobody uses go."""
    told = AccountStanding.objects.filter(imported_by=batch)
    accounts = Account.objects.in_bulk(told.values_list("account", flat=True))
    facts.lock(account_ids=accounts)
    since = {row.account_id: row.pk for row in told}
    others = AccountStanding.objects.filter(account__in=accounts).exclude(imported_by=batch)
    latest = {row.account_id: row for row in others.order_by("account", "at", "pk")}
    back = [account for pk, account in accounts.items() if pk not in latest or latest[pk].pk < since[pk]]
    for account in back:
        before = latest.get(account.pk)
        account.is_target, account.owner_id = (before.is_target, before.owner_id) if before else (False, None)
    Account.objects.bulk_update(back, ["is_target", "owner"], batch_size=1_000)
    told.delete()
    news.changed(sorted(facts.people_of(accounts)), at=at)
    return _said(len(back), len(accounts) - len(back), _unused(batch))


def _unused(batch: Import) -> int:
    """Remove the companies that the file brought and nobody uses."""
    return Account.objects.unused().filter(imported_by=batch).delete()[0]


def _said(back: int, left: int, gone: int) -> list[str]:
    told = [
        (back, ngettext("%d company stands as before.", "%d companies stand as before.", back)),
        (left, ngettext("%d company was changed since and was left alone.",
                        "%d companies were changed since and were left alone.", left)),
        (gone, ngettext("%d company was removed.", "%d companies were removed.", gone)),
    ]  # fmt: skip
    return [words % number for number, words in told if number]


kinds.register(
    kinds.Kind(
        what=Import.What.TARGETS,
        targets=lambda: TARGETS,
        instants=frozenset(),
        needs=(("domain", "name"),),
        recognised_by=frozenset(
            {
                "target",
                "named_target",
                "is_target",
                "target_account",
                "named_account",
                "zielkunde",
                "conta_alvo",
                "cuenta_objetivo",
            }
        ),
        admit=admit,
        undo=undo,
        asks=(),
    )
)
