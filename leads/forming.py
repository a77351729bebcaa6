"""How a marketer makes a public form: its words, its questions in order, and the rule of each.

A draft lives in the browser: adding, moving and taking out a question answers with the same draft, changed.
Only saving writes, and only over the version that its editor saw.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from leads import embedding
from leads.models import Field, Form, Question
from people.models import User
from people.models.user import ADMINISTRATORS, MARKETING, MARKETING_MANAGERS

MOST_QUESTIONS = 50


class Overtaken(Exception):
    """Somebody else saved the form since this editor saw it."""


class Words(forms.ModelForm):
    """Everything of a form but its questions."""

    redirect_to = forms.URLField(
        label=_("Or go on to"),
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("A page of yours instead of the thank-you."),
    )
    sites = forms.CharField(
        label=_("Sites that may show it"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2, "placeholder": "https://www.example.com", "spellcheck": "false"}),
        help_text=_("One a line. No other site can put this form into a page."),
    )

    class Meta:
        model = Form
        fields = (
            "title", "slug", "intro", "at_a_time", "asks_name", "asks_company", "talk_to_sales",
            "consent_text", "double_opt_in", "asset", "mails_asset", "thanks", "redirect_to", "source",
            "campaign", "owner", "sites", "is_live",
        )  # fmt: skip
        widgets = {"intro": forms.Textarea({"rows": 3}), "thanks": forms.Textarea({"rows": 2})}
        help_texts = {
            "slug": _("The end of its address. It stays: mails and other pages link to it."),
            "at_a_time": _("Whoever comes back is asked the next ones. Empty: all at once."),
            "consent_text": _("What they agree to by ticking the box. Without it, no box is shown."),
            "double_opt_in": _("Whoever is new gets no e-mail from a track before they have confirmed."),
            "thanks": _("What they read once it is sent."),
            "is_live": _("Only a live form answers to strangers."),
            "owner": _("Looks at what was refused."),
            "talk_to_sales": _("Reaches a rep at once, with the times they name."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        owner, slug = self.fields["owner"], self.fields["slug"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.in_groups(MARKETING, MARKETING_MANAGERS, ADMINISTRATORS)
        slug.disabled = bool(self.instance.pk)
        self.fields["at_a_time"].widget.attrs |= {"min": 1, "max": MOST_QUESTIONS}
        if self.instance.pk:
            self.initial["sites"] = "\n".join(self.instance.sites)

    def clean_sites(self):
        return embedding.read(self.cleaned_data["sites"])

    def clean_at_a_time(self):
        number = self.cleaned_data["at_a_time"]
        if number == 0:
            raise forms.ValidationError(_("One at least; leave it empty to ask everything."))
        return number

    def clean(self):
        told = super().clean() or self.cleaned_data
        if told.get("double_opt_in") and not told.get("consent_text"):
            self.add_error("consent_text", _("Say what they confirm."))
        if told.get("mails_asset") and not told.get("asset"):
            self.add_error("asset", _("Choose what is sent."))
        return told


class QuestionDraft(forms.Form):
    """One question as it is edited: what it is called, whether it must be answered, and its rule."""

    label = forms.CharField(label=_("Asked as"), max_length=200, required=False)
    required = forms.BooleanField(label=_("Must be answered"), required=False)
    ask = forms.ChoiceField(label=_("Asked"), choices=Question.Ask.choices)
    number = forms.IntegerField(label=_("How many"), min_value=1, max_value=999, required=False)

    def __init__(self, field: Field, data: Mapping | None = None, **kwargs):
        super().__init__(data, prefix=f"q-{field.key}", label_suffix="", **kwargs)
        self.field = field
        self.fields["label"].widget.attrs["placeholder"] = field.label
        for name in self.fields:  # the row names them for the eye, this for the ear
            self.fields[name].widget.attrs["aria-label"] = f"{field.label}: {self.fields[name].label}"

    def clean(self):
        told = super().clean() or self.cleaned_data
        if told.get("ask") not in Question.COUNTING:
            told["number"] = None
        elif not told.get("number") and "number" not in self.errors:
            self.add_error("number", _("After how many?"))
        return told

    def question(self, form: Form, position: int) -> Question:
        given = {name: self.cleaned_data.get(name) for name in ("label", "required", "ask", "number")}
        return Question(form=form, field=self.field, position=position, **given)


class Draft:
    """A form as it stands in the browser, saved or not."""

    def __init__(self, form: Form | None, post: Any = None):
        self.form, self.post = form, post
        self.words = Words(post, instance=form)
        self.known = {field.key: field for field in Field.objects.order_by("label")}
        self.keys = self._posted_keys() if post is not None else [one.key for one in self._saved]

    @cached_property
    def _saved(self) -> list[Question]:
        return list(self.form.questions.select_related("field")) if self.form else []

    def _posted_keys(self) -> list[str]:
        found = dict.fromkeys(key for key in self.post.getlist("order") if key in self.known)
        return list(found)[:MOST_QUESTIONS]

    @cached_property
    def rows(self) -> list[QuestionDraft]:
        return [self._row(key) for key in self.keys]

    def _row(self, key: str) -> QuestionDraft:
        field, saved = self.known[key], {one.key: one for one in self._saved}
        if self.post is None:
            one = saved[key]
            given = {"label": one.label, "required": one.required, "ask": one.ask, "number": one.number}
            return QuestionDraft(field, initial=given)
        if f"q-{key}-ask" not in self.post:
            return QuestionDraft(field, {f"q-{key}-ask": Question.Ask.UNKNOWN})
        return QuestionDraft(field, self.post)

    @property
    def rest(self) -> list[Field]:
        """The fields that are not asked."""
        return [field for key, field in self.known.items() if key not in self.keys]

    def do(self, act: str) -> None:
        """Add, move or take out a question of the draft: "add", "up:title", "down:title", "remove:title"."""
        verb, _colon, key = act.partition(":")
        key = self.post.get("add", "") if verb == "add" else key
        if verb == "add" and key in self.known and key not in self.keys:
            self.keys.append(key)
        elif verb == "remove" and key in self.keys:
            self.keys.remove(key)
        elif verb in ("up", "down") and key in self.keys:
            here = self.keys.index(key)
            there = min(max(here + (1 if verb == "down" else -1), 0), len(self.keys) - 1)
            self.keys.insert(there, self.keys.pop(here))

    @cached_property
    def sound(self) -> list[QuestionDraft]:
        """The rows that can be read."""
        return [row for row in self.rows if row.is_valid()]

    def is_valid(self) -> bool:
        """Every part is asked, so that all trouble shows at once."""
        return all([self.words.is_valid(), *(row.is_valid() for row in self.rows)])

    def overlook_trouble(self) -> None:
        """While it is being made, nobody is told what is missing."""
        assert self.sound is not None  # before it is forgotten
        for part in (self.words, *self.rows):
            if part.is_bound:
                part.full_clean()
                part.errors.clear()

    def questions(self) -> list[Question]:
        """The questions as they would be asked, without those whose rule can't be read yet."""
        if self.post is None:
            return self._saved
        return [row.question(self.words.instance, place) for place, row in enumerate(self.sound, 1)]

    @transaction.atomic
    def save(self, seen: int) -> Form:
        """The form and exactly these questions in this order, over the version that was seen."""
        if self.form:
            mine = Form.objects.filter(pk=self.form.pk, version=seen)
            if not mine.update(version=F("version") + 1):
                raise Overtaken
            self.words.instance.version = seen + 1
        form = self.words.save()
        form.questions.all().delete()
        Question.objects.bulk_create(row.question(form, place) for place, row in enumerate(self.rows, 1))
        return form

    def differences(self, theirs: Form) -> list[tuple[str, str]]:
        """What somebody else saved where this draft says something else."""
        found = []
        for name in Words.Meta.fields:
            their, mine = getattr(theirs, name), self.words.cleaned_data.get(name)
            if their != mine:
                found.append((str(self.words.fields[name].label), _plain(their)))
        asked = [str(question) for question in theirs.questions.select_related("field")]
        if asked != [str(question) for question in self.questions()]:
            found.append((_now("Questions"), ", ".join(asked) or "–"))
        return found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    return ", ".join(value) if isinstance(value, list) else str(value if value not in (None, "") else "–")
