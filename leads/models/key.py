import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises
from people.models import User

MARK = "baton"
SEEN = timedelta(minutes=1)  # how exactly we remember when a key was last used


class Scope(models.TextChoices):
    """What a key may do."""

    EVENTS = "events:write", _("tell who registered for events and who came")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def make(self, name: str, scopes: list[str], *, by: User, at: datetime) -> tuple["ApiKey", str]:
        """A new key and its secret, which is told once and not kept."""
        secret = f"{MARK}_{secrets.token_urlsafe(32)}"
        made = self.create(name=name, scopes=scopes, shown=secret[-4:], digest=_digest(secret), by=by, at=at)
        return made, secret

    def of(self, secret: str, *, at: datetime) -> "ApiKey | None":
        """The key with this secret, unless it was revoked or whoever made it has left."""
        digest = _digest(secret)
        found = self.filter(digest=digest, revoked_at=None, by__is_active=True).select_related("by").first()
        if found:
            used = Q(last_used_at=None) | Q(last_used_at__lt=at - SEEN)
            self.filter(used, pk=found.pk).update(last_used_at=at)
        return found


class ApiKey(models.Model):
    """What another program shows to be let in: its secret is kept as a hash, and it may do what it names."""

    name = models.CharField(_("name"), max_length=80, help_text=_("Which program uses it, and for what."))
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), verbose_name=_("may"))
    shown = models.CharField(max_length=4, editable=False, help_text=_("The end of its secret."))
    digest = models.CharField(max_length=64, editable=False, help_text=_("SHA-256 of its secret."))
    by = models.ForeignKey("people.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey("people.User", models.PROTECT, null=True, editable=False, related_name="+")
    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="one_key_per_secret"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[scope.value for scope in Scope]) & ~Q(scopes=[]),
                name="a_key_may_do_something_that_there_is",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_key_is_revoked_by_somebody",
            ),
        ]
        triggers = [
            promises.frozen_when("a_revoked_key_stays_revoked", condition="OLD.revoked_at IS NOT NULL")
        ]

    def __str__(self):
        return self.name

    @property
    def does(self) -> list[str]:
        """What it may do, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]

    def revoke(self, *, by: User, at: datetime) -> bool:
        """It opens nothing any more; False where it was revoked already."""
        rows = type(self).objects.filter(pk=self.pk, revoked_at=None)
        return bool(rows.update(revoked_at=at, revoked_by=by))


def _digest(secret: str) -> str:
    """A plain hash will do: 256 random bits are not to be guessed."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
