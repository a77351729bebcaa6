import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from leads.models.merge import Suspecting
from people import promises

MERGED_TWICE = """EXISTS (
    SELECT 1 FROM leads_accountmerge merge
    LEFT JOIN leads_accountunmerge unmerge ON unmerge.merge_id = merge.id
    WHERE merge.loser_id = NEW.loser_id AND unmerge.id IS NULL)"""

#: Whoever gives an account an alias waits until nobody writes accounts, so that both never mean two.
OWN_DOMAIN = "EXISTS (SELECT 1 FROM leads_account WHERE lower(domain) = lower(NEW.domain) AND domain <> '')"


class AccountDomain(models.Model):
    """Another mail domain of a company: whoever writes from it belongs there."""

    account = models.ForeignKey("leads.Account", models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=200)
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(Lower("domain"), name="an_alias_domain_is_of_one_account"),
            models.CheckConstraint(condition=~Q(domain=""), name="an_alias_domain_is_a_word"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="an_alias_domain_is_no_accounts_own",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("domain"),
                func=f"""
                    LOCK TABLE leads_account IN SHARE ROW EXCLUSIVE MODE;
                    IF {OWN_DOMAIN} THEN {promises.refuse("an_alias_domain_is_no_accounts_own")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return self.domain


class AccountMerge(models.Model):
    """Two accounts that somebody found to be one company: who says so, and how both stood."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    survivor = models.ForeignKey("leads.Account", models.PROTECT, related_name="merges")
    loser = models.ForeignKey("leads.Account", models.PROTECT, related_name="merged_away")
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    carried = models.JSONField(default=dict, help_text=_("How they stood and what was written."))
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=F("loser")), name="no_account_is_merged_into_itself")
        ]
        triggers = [
            promises.append_only("account_merges_are_never_changed", erasable=("carried",)),
            promises.refuse_when(
                "an_account_is_merged_away_once", operation=pgtrigger.Insert, broken=MERGED_TWICE
            ),
        ]

    def __str__(self):
        return f"{self.loser} → {self.survivor}"

    @property
    def stands(self) -> bool:
        return not hasattr(self, "unmerge")


class AccountUnmerge(models.Model):
    """A merge of accounts taken back: a row of its own beside it."""

    merge = models.OneToOneField(AccountMerge, models.PROTECT, related_name="unmerge")
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    at = models.DateTimeField()

    class Meta:
        triggers = [promises.append_only("account_unmerges_are_never_changed")]


class AccountSuspicion(Suspecting):
    """Two accounts that look like one company, why, and what somebody said of it."""

    one = models.ForeignKey("leads.Account", models.CASCADE, related_name="+", db_index=False)
    two = models.ForeignKey("leads.Account", models.CASCADE, related_name="+")

    class Meta:
        ordering = ["-weight", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["one", "two"], name="one_suspicion_per_pair_of_accounts"),
            models.CheckConstraint(
                condition=Q(one__lt=F("two")), name="a_pair_of_accounts_is_written_one_way"
            ),
            models.CheckConstraint(
                condition=Suspecting.SETTLED, name="a_suspicion_of_accounts_is_settled_by_somebody"
            ),
        ]

    def __str__(self):
        return f"{self.one} = {self.two}?"
