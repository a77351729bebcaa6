import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from people.models.user import GROUPS


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, those that are shared, and what is the default of a group."""
        return self.filter(Q(owner=user) | Q(shared=True))

    def default_of(self, user):
        """What somebody sees first: their own choice, else that of one of their groups."""
        groups = user.group_names or {""}
        theirs = self.filter(shared=True, default_for__overlap=sorted(groups)).order_by("pk")
        own = self.filter(owner=user, is_default=True)
        return own.first() or theirs.first()


class SavedView(models.Model):
    """A list that somebody named: who is on it, in which order, with which columns."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey("people.User", models.CASCADE, related_name="views")
    q = models.CharField(max_length=200, blank=True)
    condition = models.JSONField(default=dict)
    columns = ArrayField(models.CharField(max_length=60), default=list)
    sort = models.CharField(max_length=20, default="newest")
    shared = models.BooleanField(_("shared with everybody"), default=False)
    is_default = models.BooleanField(_("what I see first"), default=False)
    default_for = ArrayField(
        models.CharField(max_length=40, choices=[(group, group) for group in GROUPS]),
        default=list,
        blank=True,
    )
    at = models.DateTimeField()
    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="one_view_per_owner_and_name"),
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="one_default_view_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(default_for=[]) | Q(shared=True), name="the_default_of_a_group_is_shared"
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        from django.urls import reverse

        return f"{reverse('leads')}?view={self.public_id}"

    def may_change(self, user) -> bool:
        """Its owner, and managers where it is shared."""
        return self.owner_id == user.pk or (self.shared and user.is_manager)

    def keep(self, asked) -> None:
        """Ask from now on what is asked here."""
        self.q, self.condition, self.sort = asked.q, asked.tree, asked.sort
        self.columns = list(asked.columns)
        self.save(update_fields=["q", "condition", "sort", "columns"])
