import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Grade
from people import promises


class Rule(models.TextChoices):
    """How a machine shows itself, or a person after all."""

    LOOK = "look", _("looked at an address without visiting it")
    SOON = "soon", _("came within seconds of the sending")
    LINKS = "links", _("tried several links of one mail within seconds")
    CROWD = "crowd", _("followed several people's mails from one place within a minute")
    MAILS = "mails", _("tried links of several mails to one person within seconds")
    GATEWAY = "gateway", _("came from a known gateway")
    HAND = "hand", _("put here by hand")
    PERSON = "person", _("a person showed behind it")


class Gateway(models.Model):
    """What a company's mail gateway or an image proxy is known by: its user agent, network or recipients."""

    class What(models.TextChoices):
        AGENT = "agent", _("user agent contains")
        NETWORK = "network", _("network")
        DOMAIN = "domain", _("recipients' domain ends with")

    name = models.CharField(_("name"), max_length=120)
    what = models.CharField(_("known by"), max_length=8, choices=What)
    pattern = models.CharField(_("pattern"), max_length=200, help_text=_("Of a network, a keyed hash."))
    prefix = models.PositiveSmallIntegerField(null=True, editable=False, help_text=_("Bits of the network."))
    is_on = models.BooleanField(_("in use"), default=True)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True, db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["what", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["what", "pattern"], name="a_gateway_is_known_by_a_pattern_once"),
            models.CheckConstraint(condition=~Q(pattern=""), name="a_gateway_is_known_by_something"),
        ]

    def __str__(self):
        return self.name


class Burst(models.Model):
    """Requests that a machine made together: when, how it showed itself, and where it came from."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rule = models.CharField(max_length=8, choices=Rule)
    gateway = models.ForeignKey(Gateway, models.SET_NULL, null=True, db_index=False)
    network = models.CharField(
        max_length=32, blank=True, help_text=_("A keyed hash; it forgets the address.")
    )
    domain = models.CharField(max_length=200, blank=True, help_text=_("Of the first one's e-mail."))
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule="hand", by__isnull=False) | (~Q(rule="hand") & Q(by=None)),
                name="a_burst_is_made_by_hand_if_and_only_if_by_somebody",
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="burst_order")]

    def __str__(self):
        return f"{self.get_rule_display()}, {self.at:%Y-%m-%d %H:%M}"


class Grading(models.Model):
    """A later word on how sure we are of an activity, by a rule or by a person; the latest counts.

    The activity itself never changes. No foreign key can point at it, so its number and instant stand here.
    """

    activity_id = models.BigIntegerField()
    activity_at = models.DateTimeField()
    identity = models.ForeignKey("leads.Identity", models.CASCADE, related_name="gradings")
    burst = models.ForeignKey(Burst, models.PROTECT, null=True, related_name="gradings", db_index=False)
    before = models.PositiveSmallIntegerField(choices=Grade)
    grade = models.PositiveSmallIntegerField(choices=Grade)
    rule = models.CharField(max_length=8, choices=Rule, blank=True)
    why = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, help_text=_("The person's word that this one takes back.")
    )
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=((Q(by=None) & ~Q(rule="")) | (Q(by__isnull=False) & Q(rule="") & ~Q(why=""))),
                name="a_grading_is_by_a_rule_or_by_somebody_who_says_why",
            ),
            models.CheckConstraint(condition=Q(grade__range=(1, 3)), name="a_grading_names_a_grade"),
            models.CheckConstraint(
                condition=Q(undoes=None) | Q(by__isnull=False), name="a_word_is_taken_back_by_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["activity_id", "id"], name="grading_of_activity"),
            models.Index(fields=["burst", "identity"], name="grading_of_burst"),
        ]
        triggers = [promises.append_only("gradings_are_never_changed", erasable=("why",))]

    def __str__(self):
        return f"{self.get_before_display()} → {self.get_grade_display()}"


class Knock(models.Model):
    """A request for an address in one of our mails, kept for two days: machines show by their company."""

    #: What is no link: the page that ends the mails, and the picture that tells of an opening.
    WAY_OUT, PIXEL = -1, -2

    mail = models.UUIDField()
    link = models.SmallIntegerField(help_text=_("Its number in the mail; below zero for what is no link."))
    identity = models.ForeignKey("leads.Identity", models.CASCADE, related_name="knocks", db_index=False)
    activity_id = models.BigIntegerField(null=True)
    activity_at = models.DateTimeField(null=True)
    network = models.CharField(max_length=32, blank=True)
    domain = models.CharField(max_length=200, blank=True)
    looked = models.BooleanField(default=False, help_text=_("Asked with HEAD."))
    burst = models.ForeignKey(Burst, models.SET_NULL, null=True, related_name="knocks", db_index=False)
    browsers = ArrayField(
        models.UUIDField(), default=list, db_default=[], help_text=_("Whose page reports named it.")
    )
    is_a_persons = models.BooleanField(
        default=False, db_default=False, help_text=_("A person showed behind it: no rule takes it again.")
    )
    sent_at = models.DateTimeField(null=True, help_text=_("When the mail went out."))
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["mail", "at"], name="knock_of_mail"),
            models.Index(fields=["network", "at"], name="knock_of_network"),
            models.Index(fields=["identity", "at"], name="knock_of_identity"),
            models.Index(fields=["domain", "at"], name="knock_of_domain"),
            models.Index(fields=["at"], name="knock_order"),
        ]

    def __str__(self):
        return f"{self.mail} {self.link}"
