import re
import unicodedata
import uuid
from pathlib import Path

from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

#: What can be handed out: nothing that a browser would run as a page of ours.
SUFFIXES = (
    "pdf", "epub", "mp3", "m4a", "mp4", "zip", "dwg", "dxf", "step", "stp", "iges", "igs", "stl",
    "docx", "pptx", "xlsx", "odt", "odp", "ods", "png", "jpg", "jpeg", "ics",
)  # fmt: skip


def place_of(asset: "Asset", name: str) -> str:
    """Where an upload lies: in a folder of its asset, under a plain name."""
    plain = unicodedata.normalize("NFKD", Path(name).name).encode("ascii", "ignore").decode()
    return f"assets/{asset.public_id}/{re.sub(r'[^A-Za-z0-9._-]+', '-', plain).strip('-.') or 'file'}"


class Asset(models.Model):
    """What a lead may read, hear or take: a whitepaper, a case study, a webinar."""

    class Kind(models.TextChoices):
        WHITEPAPER = "whitepaper", _("White paper")
        EBOOK = "ebook", _("eBook")
        CASE_STUDY = "case_study", _("Case study")
        ARTICLE = "article", _("Article")
        WEBINAR = "webinar", _("Webinar")
        TRADE_SHOW = "trade_show", _("Trade show")
        PODCAST = "podcast", _("Podcast")
        CAD = "cad", _("CAD drawing")
        REPORT = "report", _("Report")

    class Level(models.IntegerChoices):
        BEGINNER = 1, _("beginner")
        PRACTITIONER = 2, _("practitioner")
        EXPERT = 3, _("expert")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    summary = models.TextField(_("summary"), blank=True, db_default="", max_length=2000)
    interest = models.CharField(_("interest"), max_length=80, blank=True)
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=Level.BEGINNER,
        choices=Level,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
    )
    url = models.URLField(_("address"), blank=True)
    file = models.FileField(
        _("file"),
        upload_to=place_of,
        blank=True,
        db_default="",
        max_length=300,
        validators=[FileExtensionValidator(SUFFIXES)],
    )
    is_live = models.BooleanField(_("live"), default=True, db_default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="an_asset_is_of_level_1_to_3")
        ]

    def __str__(self):
        return self.name

    @property
    def is_there(self) -> bool:
        """Is there anything to hand out?"""
        return self.is_live and bool(self.file or self.url)

    @property
    def file_name(self) -> str:
        return Path(self.file.name or "").name

    def get_absolute_url(self):
        return reverse("asset_edit", args=[self.public_id])
