"""Accounts that look like one company: by their names without legal forms, and by what their domains say."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as later

from leads import likeness
from leads.models import Account, AccountSuspicion

MOST = 6  # accounts that share a name or a label: more of them share a word, not an owner
LABELS = {"name": later("same name"), "domain": later("same word in the domain")}

#: Who has no domain is compared by its name with what the others' domains say.
ALIKE = """
    SELECT 'name' AS why, 3 AS weight, array_agg(id ORDER BY id) AS ids
    FROM leads_account WHERE merged_into_id IS NULL AND length(company_name(name)) > 1
    GROUP BY company_name(name) HAVING count(*) BETWEEN 2 AND {most}
    UNION ALL
    SELECT 'domain', 2, array_agg(id ORDER BY id)
    FROM (SELECT id, domain,
                 CASE WHEN domain = '' THEN company_name(name) ELSE company_label(domain) END AS word
          FROM leads_account WHERE merged_into_id IS NULL) account
    WHERE length(word) > 2 GROUP BY word
    HAVING count(*) BETWEEN 2 AND {most} AND count(*) FILTER (WHERE domain <> '') > 0
"""


def suspect(at: datetime) -> int:
    """Look through every account; returns how many pairs are new."""
    return likeness.find(ALIKE.format(most=MOST), "leads_accountsuspicion", at)


def open_ones() -> QuerySet[AccountSuspicion, AccountSuspicion]:
    """Pairs that nobody has settled."""
    return AccountSuspicion.objects.filter(verdict="", one__merged_into=None, two__merged_into=None)


def of(account: Account) -> list[Account]:
    """What an account looks like, as far as nobody has settled it."""
    pairs = open_ones().filter(one=account) | open_ones().filter(two=account)
    return [one.two if one.one_id == account.pk else one.one for one in pairs.select_related("one", "two")]
