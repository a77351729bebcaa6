"""A public form: what it asks a stranger, whether an answer came from a person, and what becomes of it."""

import hashlib
import json
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.validators import EmailValidator
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from leads import activities, answers, holding, intake
from leads.models import Form, Grade, Kind, Lead, Submission
from leads.signals import consultation_requested

log = logging.getLogger(__name__)

SOONEST = timedelta(seconds=1)  # nobody types faster
OLDEST = timedelta(days=7)
KEPT_CHARACTERS, KEPT_ANSWERS = 10_000, 100
SALT = "leads.asking"


class Questions(forms.Form):
    """The boxes that every form has; a form's own questions stand between them."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        validators=[EmailValidator(message=_("This is not an e-mail address."))],
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    first_name = forms.CharField(
        label=_("First name"), max_length=120, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=120, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )

    def __init__(self, form: Form, data=None):
        super().__init__(data, label_suffix="")
        self.form = form
        self.asked: dict[str, str] = {}
        for question in form.questions.select_related("field"):
            name = f"field_{question.field.key}"
            self.asked[name] = question.field.key
            self.fields[name] = answers.Box(question.field, label=question.label, required=question.required)
        self._add_the_end()

    def _add_the_end(self):
        if self.form.talk_to_sales:
            self.fields["talk_to_sales"] = forms.BooleanField(
                label=_("I would like to talk to somebody"), required=False
            )
            self.fields["preferred_times"] = forms.CharField(
                label=_("When does it suit you?"), max_length=200, required=False
            )
            self.fields["phone"] = forms.CharField(
                label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
            )
        if self.form.consent_text:
            self.fields["consent"] = forms.BooleanField(label=self.form.consent_text, required=False)

    @property
    def between(self) -> list[forms.BoundField]:
        """The boxes of the form's own questions, in their order."""
        return [self[name] for name in self.asked]

    @property
    def facts(self) -> dict[str, Any]:
        """The answered fields by key."""
        found = {key: self.cleaned_data.get(name) for name, key in self.asked.items()}
        return {key: value for key, value in found.items() if value not in (None, "")}


@dataclass(frozen=True)
class Seal:
    """What a page carries so that its sending can be told from a machine's and from its own repetition."""

    form: str
    key: str
    at: datetime

    @classmethod
    def new(cls, form: Form, at: datetime) -> "Seal":
        return cls(form.slug, uuid.uuid4().hex, at)

    def __str__(self) -> str:
        return signing.dumps([self.form, self.key, self.at.isoformat()], salt=SALT)

    @classmethod
    def read(cls, text: str, form: Form) -> "Seal | None":
        """The seal as we signed it for this form, or nothing."""
        try:
            slug, key, at = signing.loads(text, salt=SALT)
        except signing.BadSignature:
            return None
        return cls(slug, key, datetime.fromisoformat(at)) if slug == form.slug else None

    def doubt(self, at: datetime) -> str:
        """Why a person would not have sent this page now; nothing where one would."""
        if at - self.at > OLDEST:
            return str(_("This page had been open for a long time. Please look it over and send it again."))
        if at - self.at < SOONEST:
            return str(_("That was very quick. Please look it over and send it again."))
        return ""

    def submission_id(self, typed: dict[str, str]) -> uuid.UUID:
        """The same page sent twice with the same words is one submission."""
        words = json.dumps([self.key, typed], sort_keys=True).encode()
        return uuid.UUID(bytes=hashlib.sha256(words).digest()[:16])


def readable(data) -> dict[str, str]:
    """What a browser sent as text that any page can show again, whatever encoding it claimed."""
    return {_shown(name): _shown(data.get(name)) for name in data}


def _shown(text: str) -> str:
    return str(text).encode("utf-8", "replace").decode()


def typed(data) -> dict[str, str]:
    """What was typed, as it can be kept: bounded, and without what the database cannot hold."""
    names = [name for name in data if name not in ("seal", "csrfmiddlewaretoken")]
    return {_kept(name)[:100]: _kept(data.get(name))[:KEPT_CHARACTERS] for name in names[:KEPT_ANSWERS]}


def _kept(text: str) -> str:
    return _shown(text).replace("\x00", "\ufffd")


def refuse(form: Form, data, why: str, *, at: datetime) -> Submission:
    """Keep what was sent although nobody becomes a lead by it."""
    return Submission.objects.create(
        form=form, answers=typed(data), outcome=Submission.Outcome.REFUSED, refusal=why[:200], at=at
    )


@transaction.atomic
def receive(questions: Questions, seal: Seal, *, at: datetime) -> Submission | None:
    """Admit whoever answered, remember what they said, and ring sales where they asked for it.

    All or nothing: the visitor is thanked when this has been committed. None where the intake refuses,
    whose reason then stands beside its box.
    """
    given = questions.cleaned_data
    kept = typed(questions.data)
    key = seal.submission_id(kept)
    if known := _already(key):
        return known
    lead = _admit(questions, at)
    if lead is None:
        return None
    made = Submission.objects.create(
        public_id=key,
        form=questions.form,
        lead=lead,
        answers=kept,
        talk_to_sales=given.get("talk_to_sales", False),
        preferred_times=given.get("preferred_times", ""),
        outcome=Submission.Outcome.ADMITTED,
        at=at,
    )
    _remember(made, lead, at)
    return made


def _already(key: uuid.UUID) -> Submission | None:
    """The same sending, where it has been committed; two at once wait for each other here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(key)])
    return Submission.objects.filter(public_id=key).first()


def _admit(questions: Questions, at: datetime) -> Lead | None:
    given, form = questions.cleaned_data, questions.form
    arrival = intake.Arrival(
        email=given["email"],
        first_name=given["first_name"],
        last_name=given["last_name"],
        company=given["company"],
        phone=given.get("phone", ""),
        source=form.source,
        campaign=form.campaign,
        facts=questions.facts,
        consent=given.get("consent") or None,
        at=at,
    )
    try:
        admission = intake.admit([arrival], at=at)
    except holding.NobodyToHold as trouble:
        questions.add_error(None, _("We cannot take this up just now. It is kept, and somebody will see it."))
        log.error("form %s: %s", form.slug, trouble)
        return None
    for _index, column, problem in admission.refusals:
        boxes = [name for name in (column, f"field_{column}") if name in questions.fields]
        questions.add_error(boxes[0] if boxes else NON_FIELD_ERRORS, problem)
    return Lead.objects.filter(pk__in=[pk for pk in admission.lead_ids if pk]).first()


def _remember(made: Submission, lead: Lead, at: datetime) -> None:
    """The sending is an activity; a wish to talk is another, and the one thing sales hears of at once."""
    identity = activities.identity_of([lead.pk])[lead.pk]
    kinds = [Kind.FORM, *([Kind.TALK_TO_SALES] if made.talk_to_sales else [])]
    activities.record(
        [
            activities.Event(
                identity_id=identity,
                kind=kind,
                at=at,
                dedupe_key=f"submission:{made.public_id}:{kind}",
                about=f"/f/{made.form.slug}/",
                grade=Grade.HUMAN,
                campaign_id=made.form.campaign_id,
                asset_id=made.form.asset_id,
            )
            for kind in kinds
        ],
        known_at=at,
    )
    if made.talk_to_sales:
        kept = made.answers or {}
        words = kept.get("field_comment") or kept.get("field_need_words") or ""
        consultation_requested.send(
            sender=Form, lead=lead, preferred_times=made.preferred_times, words=words, at=at
        )
