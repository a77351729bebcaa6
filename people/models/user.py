from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models.team import Side

MARKETING = "Marketing"
SALES = "Sales"
MARKETING_MANAGERS = "Marketing managers"
SALES_MANAGERS = "Sales managers"
VIEWERS = "Viewers"
ADMINISTRATORS = "Administrators"
GROUPS = (MARKETING, SALES, MARKETING_MANAGERS, SALES_MANAGERS, VIEWERS, ADMINISTRATORS)


class UserQuerySet(models.QuerySet):
    def in_groups(self, *names):
        return self.filter(is_active=True, groups__name__in=names).distinct()

    def managers_of(self, side):
        return self.in_groups(SALES_MANAGERS if side == Side.SALES else MARKETING_MANAGERS)

    def present(self, day: date):
        """Those who work here and are not away on that day."""
        return self.filter(is_active=True).exclude(absences__first_day__lte=day, absences__last_day__gte=day)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works here: a marketer, a rep, a manager, a viewer or an administrator."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    calendar = models.ForeignKey(
        "people.Calendar",
        models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Own hours; empty means the team's."),
    )
    weekly_capacity = models.PositiveIntegerField(
        _("handoffs a week"), null=True, blank=True, help_text=_("Empty means no limit.")
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("works here"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self).split(" ")[0]

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in str(self).split()[:2]).upper()

    @property
    def own_calendar(self):
        return self.calendar or (self.team.calendar if self.team else None)

    @property
    def time_zone(self) -> str:
        return self.own_calendar.time_zone if self.own_calendar else timezone.get_default_timezone_name()

    @property
    def group_names(self) -> frozenset[str]:
        """The names of this user's groups, asked once per object."""
        if not hasattr(self, "_group_names"):
            self._group_names = frozenset(self.groups.values_list("name", flat=True))
        return self._group_names

    def is_in(self, *names: str) -> bool:
        return self.is_superuser or not self.group_names.isdisjoint(names)

    @property
    def side(self) -> str | None:
        return self.team.side if self.team else None

    @property
    def is_manager(self) -> bool:
        return self.is_in(MARKETING_MANAGERS, SALES_MANAGERS, ADMINISTRATORS)

    @property
    def is_rep(self) -> bool:
        return self.is_in(SALES, SALES_MANAGERS)

    @property
    def is_marketer(self) -> bool:
        return self.is_in(MARKETING, MARKETING_MANAGERS)
