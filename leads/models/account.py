import uuid

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from leads.models import card, said
from people import promises

#: An account is folded into another only where a merge that stands says so.
MERGED_BY_NOBODY = """EXISTS (
    SELECT 1 FROM leads_account account WHERE account.id = NEW.id AND account.merged_into_id IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM leads_accountmerge merge
        LEFT JOIN leads_accountunmerge unmerge ON unmerge.merge_id = merge.id
        WHERE merge.loser_id = account.id AND unmerge.id IS NULL))"""
ALIAS = "EXISTS (SELECT 1 FROM leads_accountdomain alias WHERE lower(alias.domain) = lower(NEW.domain))"


class AccountQuerySet(models.QuerySet):
    def live(self):
        """Every company that is not folded into another."""
        return self.filter(merged_into=None)

    def same_as(self, account):
        """The account and everyone folded into it."""
        return self.filter(Q(pk=account.pk) | Q(merged_into=account))

    def unused(self):
        """Companies of which nobody has said anything and in which nobody is."""
        nothing = ("leads", "all_facts", "standings", "owner", "domains", "merges", "merged_away")
        return self.filter(**dict.fromkeys(nothing))


class Account(models.Model):
    """A company; it may be a named target with an owner in sales."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    domain = models.CharField(_("domain"), max_length=200, blank=True)
    facts = models.JSONField(default=dict, editable=False, help_text=_("The winners among what is known."))
    is_target = models.BooleanField(_("named target"), default=False)
    owner = models.ForeignKey(
        "people.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("owner"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", db_index=False
    )
    imported_by = models.ForeignKey("leads.Import", models.SET_NULL, null=True, editable=False)
    at = models.DateTimeField()
    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("domain"), condition=~Q(domain=""), name="one_account_per_domain"),
            models.UniqueConstraint(
                Lower("name"), condition=Q(domain=""), name="one_account_per_name_without_domain"
            ),
        ]
        indexes = [
            models.Index(Lower("name"), name="account_name"),
            GinIndex(OpClass(Lower("name"), name="gin_trgm_ops"), name="account_by_words"),
            said.by_facts("account_by_facts", Value("")),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="account_merged"
            ),
        ]
        triggers = [
            *card.OF_ACCOUNTS,
            promises.refuse_when(
                "an_accounts_own_domain_is_nobodys_alias",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("domain"),
                broken=ALIAS,
            ),
            promises.at_commit(
                "two_accounts_are_merged_by_a_person_only",
                operation=pgtrigger.UpdateOf("merged_into_id"),
                broken=MERGED_BY_NOBODY,
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("account", args=[self.public_id])

    @property
    def stays(self) -> "Account":
        """The account that people of this one belong to."""
        return self.merged_into or self

    def stand(self, *, is_target: bool, owner, by=None, at):
        """Name or un-name the account as a target, or give it another owner; both are dated."""
        AccountStanding.objects.create(
            account=self, is_target=is_target, owner=owner, by=by, at=at, known_at=at
        )
        self.is_target, self.owner = is_target, owner
        self.save(update_fields=["is_target", "owner"])


class AccountStanding(models.Model):
    """From when an account was a named target, and whose it was: a back-test sees what held then."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="standings", db_index=False)
    is_target = models.BooleanField()
    owner = models.ForeignKey("people.User", models.SET_NULL, null=True)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    imported_by = models.ForeignKey(
        "leads.Import", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["account", "-at"], name="standing_by_account")]
        triggers = [
            promises.append_only("account_standings_are_never_changed", erasable=("owner_id", "by_id"))
        ]


class AccountMove(models.Model):
    """One move of a lead to another company, or to none, by somebody who knows better than the domain."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="account_moves", db_index=False)
    was = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    now = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    merge = models.ForeignKey(
        "leads.AccountMerge", models.PROTECT, null=True, editable=False, db_index=False, related_name="moves"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["lead", "-at"], name="account_move_of_lead"),
            models.Index(fields=["merge"], condition=Q(merge__isnull=False), name="account_move_of_merge"),
        ]
        triggers = [promises.append_only("account_moves_are_never_changed", erasable=("was_id", "now_id"))]
