import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Asset(models.Model):
    """What a lead may read, hear or take: a whitepaper, a case study, a webinar."""

    class Kind(models.TextChoices):
        WHITEPAPER = "whitepaper", _("White paper")
        EBOOK = "ebook", _("eBook")
        CASE_STUDY = "case_study", _("Case study")
        ARTICLE = "article", _("Article")
        WEBINAR = "webinar", _("Webinar")
        PODCAST = "podcast", _("Podcast")
        CAD = "cad", _("CAD drawing")
        REPORT = "report", _("Report")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    interest = models.CharField(_("interest"), max_length=80, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), default=1, help_text=_("1 beginner, 3 expert."))
    url = models.URLField(_("address"), blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name
