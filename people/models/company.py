from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    """The organisation that this installation belongs to, as its mails and pages name it."""

    name = models.CharField(_("company"), max_length=200)
    postal_address = models.TextField(_("postal address"), blank=True, help_text=_("Every mail carries it."))

    class Meta:
        verbose_name_plural = "company"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_company")]

    def __str__(self):
        return self.name

    @classmethod
    def current(cls) -> "Company":
        """The company as it was set up, else as the environment names it."""
        found = cls.objects.first()
        return found or cls(name=settings.COMPANY, postal_address=settings.POSTAL_ADDRESS)
