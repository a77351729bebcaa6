import uuid

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from leads.models import card
from people import promises


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
    imported_by = models.ForeignKey("leads.Import", models.SET_NULL, null=True, editable=False)
    at = models.DateTimeField()

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
        ]
        triggers = card.OF_ACCOUNTS

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("account", args=[self.public_id])

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
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["lead", "-at"], name="account_move_of_lead")]
        triggers = [promises.append_only("account_moves_are_never_changed", erasable=("was_id", "now_id"))]
