from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Form(models.Model):
    """What we ask on a public page, how much of it at a time, and what they get for it."""

    slug = models.SlugField(_("address"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    source = models.ForeignKey("leads.Source", models.PROTECT, verbose_name=_("source"))
    campaign = models.ForeignKey(
        "leads.Campaign", models.SET_NULL, null=True, blank=True, verbose_name=_("campaign")
    )
    owner = models.ForeignKey(
        "people.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="forms",
        verbose_name=_("owner of what is sent"),
    )
    at_a_time = models.PositiveSmallIntegerField(_("questions at a time"), null=True, blank=True)
    asks_name = models.BooleanField(_("asks for the name"), default=True, db_default=True)
    asks_company = models.BooleanField(_("asks for the company"), default=True, db_default=True)
    talk_to_sales = models.BooleanField(_("offers “talk to sales”"), default=True)
    consent_text = models.CharField(_("consent"), max_length=400, blank=True)
    double_opt_in = models.BooleanField(_("consent is confirmed by mail"), default=False, db_default=False)
    asset = models.ForeignKey("leads.Asset", models.SET_NULL, null=True, blank=True, verbose_name=_("asset"))
    mails_asset = models.BooleanField(_("sends the asset by mail, too"), default=False, db_default=False)
    thanks = models.TextField(_("thank-you"), blank=True)
    redirect_to = models.URLField(_("or goes on to"), blank=True, db_default="")
    sites = ArrayField(
        models.CharField(max_length=200), verbose_name=_("sites"), default=list, db_default=[], blank=True
    )
    is_live = models.BooleanField(_("live"), default=True)
    version = models.PositiveIntegerField(
        default=1, db_default=1, editable=False, help_text=_("How often it was saved.")
    )

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(at_a_time=None) | Q(at_a_time__gte=1),
                name="a_form_asks_at_least_one_question_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(double_opt_in=False) | ~Q(consent_text=""),
                name="what_is_confirmed_was_asked_in_words",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("form_page", args=[self.slug])


class Question(models.Model):
    """One question of a form, bound to a field, with the rule that says when it is asked."""

    class Ask(models.TextChoices):
        UNKNOWN = "unknown", _("while it is unknown")
        AGAIN = "again", _("again after months")
        AFTER = "after", _("only after submissions")
        ALWAYS = "always", _("always")

    #: The rules that count something: months, or submissions of that person.
    COUNTING = (Ask.AGAIN, Ask.AFTER)

    form = models.ForeignKey(Form, models.CASCADE, related_name="questions")
    field = models.ForeignKey("leads.Field", models.PROTECT)
    label = models.CharField(_("label"), max_length=200, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)
    ask = models.CharField(_("asked"), max_length=8, choices=Ask, default=Ask.UNKNOWN, db_default="unknown")
    number = models.PositiveSmallIntegerField(_("how many"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["form", "field"], name="one_question_per_field"),
            models.CheckConstraint(
                condition=Q(ask__in=["again", "after"], number__gte=1, number__isnull=False)
                | (~Q(ask__in=["again", "after"]) & Q(number=None)),
                name="a_rule_has_a_number_if_and_only_if_it_counts",
            ),
        ]

    def __str__(self):
        return self.label or str(self.field)

    @property
    def key(self) -> str:
        return self.field.key


class Bucket(models.Model):
    """What one sender may still send: a token for each sending, refilled with time; the sender is a hash."""

    key = models.CharField(max_length=64, primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tokens__gte=0), name="a_bucket_is_never_emptier_than_empty")
        ]

    def __str__(self):
        return self.key
