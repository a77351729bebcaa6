from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises


class Field(models.Model):
    """What can be known of a lead or an account; standard ones ship, customers add theirs."""

    class About(models.TextChoices):
        LEAD = "lead", _("lead")
        ACCOUNT = "account", _("account")

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")
        YES_NO = "yes_no", _("yes or no")
        MONEY = "money", _("money")

    key = models.CharField(
        _("key"), max_length=60, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")]
    )
    label = models.CharField(_("label"), max_length=120)
    about = models.CharField(_("about"), max_length=8, choices=About, default=About.LEAD)
    type = models.CharField(_("type"), max_length=8, choices=Type, default=Type.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    personal = models.BooleanField(_("personal"), default=False)
    standard = models.BooleanField(default=False, editable=False)
    imported_by = models.ForeignKey(
        "leads.Import", models.SET_NULL, null=True, editable=False, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ["label"]

    def __str__(self):
        return self.label


class Saying(models.IntegerChoices):
    """Who says so. A higher one outranks a lower one; among equals the later wins."""

    ENRICHED = 1, _("enriched")
    SELF_REPORTED = 2, _("self-reported")
    OBSERVED = 3, _("observed")
    SALES = 4, _("sales")
    VERIFIED = 5, _("verified by a person")


class Fact(models.Model):
    """One answer about a lead or an account: what, who says so, and when; never changed."""

    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, related_name="all_facts", db_index=False
    )
    account = models.ForeignKey(
        "leads.Account", models.CASCADE, null=True, related_name="all_facts", db_index=False
    )
    field = models.ForeignKey(Field, models.PROTECT, db_index=False)
    value = models.JSONField(null=True, help_text=_("Erasure may blank it."))
    saying = models.PositiveSmallIntegerField(choices=Saying)
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    imported_by = models.ForeignKey("leads.Import", models.PROTECT, null=True, editable=False)
    merge = models.ForeignKey(
        "leads.Merge", models.PROTECT, null=True, editable=False, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    account_merge = models.ForeignKey(
        "leads.AccountMerge", models.PROTECT, null=True, editable=False, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=True, account__isnull=False)
                | Q(lead__isnull=False, account__isnull=True),
                name="a_fact_is_about_one_lead_or_one_account",
            )
        ]
        indexes = [
            models.Index(
                fields=["lead", "field", "-saying", "-at"],
                condition=Q(lead__isnull=False),
                name="fact_of_lead",
            ),
            models.Index(
                fields=["account", "field", "-saying", "-at"],
                condition=Q(account__isnull=False),
                name="fact_of_account",
            ),
            models.Index(fields=["merge"], condition=Q(merge__isnull=False), name="fact_of_merge"),
            models.Index(
                fields=["account_merge"],
                condition=Q(account_merge__isnull=False),
                name="fact_of_account_merge",
            ),
        ]
        triggers = [promises.append_only("facts_are_never_changed", erasable=("value",))]


class Rating(models.Model):
    """One criterion of a lead rated 1 to 3, dated; the latest is the one that counts."""

    class Criterion(models.TextChoices):
        NEED = "need", _("Need")
        TIMEFRAME = "timeframe", _("Timeframe")
        AUTHORITY = "authority", _("Authority")
        PROFILE = "profile", _("Profile")

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="ratings", db_index=False)
    criterion = models.CharField(max_length=10, choices=Criterion)
    value = models.PositiveSmallIntegerField(null=True, help_text=_("1 to 3, or unknown."))
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    imported_by = models.ForeignKey("leads.Import", models.PROTECT, null=True, editable=False)
    merge = models.ForeignKey(
        "leads.Merge", models.PROTECT, null=True, editable=False, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__range=(1, 3)), name="a_rating_is_1_to_3_or_unknown"
            )
        ]
        indexes = [
            models.Index(fields=["lead", "criterion", "-at"], name="rating_of_lead"),
            models.Index(fields=["merge"], condition=Q(merge__isnull=False), name="rating_of_merge"),
        ]
        triggers = [promises.append_only("ratings_are_never_changed")]
