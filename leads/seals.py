"""The seal on a form's page: what it asked of whom and when, so that its sending can be judged and read.

A form may be edited while somebody fills in its old page: what they send is read by what was asked then.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.utils.translation import gettext_lazy as _

from leads.models import Form

SOONEST = timedelta(seconds=1)  # nobody types faster
OLDEST = timedelta(days=7)
SALT = "leads.asking"
NAME, COMPANY, TALK = "+name", "+company", "+talk"  # what a page may ask besides fields


@dataclass(frozen=True)
class Seal:
    """What a page carries: its form, a key of its own, when it was shown, what it asked, in what words."""

    form: str
    key: str
    at: datetime
    asked: tuple[str, ...] = ()
    consent: str = ""

    @classmethod
    def new(cls, form: Form, at: datetime, asked: Sequence[str] = ()) -> "Seal":
        return cls(form.slug, uuid.uuid4().hex, at, tuple(asked), form.consent_text)

    def __str__(self) -> str:
        said = [self.form, self.key, self.at.isoformat(), list(self.asked), self.consent]
        return signing.dumps(said, salt=SALT, compress=True)

    @classmethod
    def read(cls, text: str, form: Form) -> "Seal | None":
        """The seal as we signed it for this form, or nothing."""
        try:
            slug, key, at, asked, consent = signing.loads(text, salt=SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        seal = cls(slug, key, datetime.fromisoformat(at), tuple(asked), consent)
        return seal if slug == form.slug else None

    def is_old(self, at: datetime) -> bool:
        """Nobody leaves a page open for so long and remembers what it was about."""
        return at - self.at > OLDEST

    def is_quick(self, at: datetime) -> bool:
        return at - self.at < SOONEST

    @property
    def page(self) -> uuid.UUID:
        return uuid.UUID(self.key)

    def in_words(self, typed: dict[str, str]) -> dict[str, str]:
        """What was typed, with the words that were agreed to in place of their tick."""
        return typed | {"consent": self.consent} if typed.get("consent") and self.consent else typed

    def submission_id(self, typed: dict[str, str]) -> uuid.UUID:
        """The same page sent twice with the same words is one submission."""
        words = json.dumps([self.key, typed], sort_keys=True).encode()
        return uuid.UUID(bytes=hashlib.sha256(words).digest()[:16])


TOO_OLD = _("This page had been open for a long time. Please look it over and send it again.")
NOT_OURS = _("Please look it over and send it again.")
