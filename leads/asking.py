"""A public form as a visitor meets it: the boxes of one page, and what was typed as it can be kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads import answers, profiling, seals, visitors
from leads.models import Field, Form, Question
from leads.profiling import Known
from leads.seals import Seal

KEPT_CHARACTERS, KEPT_ANSWERS = 10_000, 100


class Questions(forms.Form):
    """The boxes of one page: the e-mail always, then whatever this page asks."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )

    def __init__(self, form: Form, asked: Sequence[str | Question], data=None, *, consent: str = ""):
        super().__init__(data, label_suffix="")
        self.form = form
        self.asked: dict[str, str] = {}
        self.offers_talk = seals.TALK in asked
        self._add_who(asked)
        for question in asked:
            if isinstance(question, Question):
                self._ask(question)
        self._add_the_end(consent)

    def _add_who(self, asked: Sequence[str | Question]) -> None:
        if seals.NAME in asked:
            self.fields["first_name"] = _line(_("First name"), 120, "given-name")
            self.fields["last_name"] = _line(_("Last name"), 120, "family-name")
        if seals.COMPANY in asked:
            self.fields["company"] = _line(_("Company"), 200, "organization", required=False)

    def _ask(self, question: Question) -> None:
        name = f"field_{question.key}"
        self.asked[name] = question.key
        box = answers.Box(question.field, label=question.label, required=question.required)
        if question.key == "title":
            box.widget.attrs["autocomplete"] = "organization-title"
        self.fields[name] = box

    def _add_the_end(self, consent: str) -> None:
        if self.offers_talk:
            self.fields["talk_to_sales"] = forms.BooleanField(
                label=_("I would like to talk to somebody"), required=False
            )
            self.fields["preferred_times"] = forms.CharField(
                label=_("When does it suit you?"), max_length=200, required=False
            )
            phone = _line(_("Phone"), 40, "tel", required=False)
            phone.widget.input_type = "tel"
            self.fields["phone"] = phone
        if consent:
            self.fields["consent"] = forms.BooleanField(label=consent, required=False)

    @property
    def who(self) -> list[forms.BoundField]:
        return [self[name] for name in ("first_name", "last_name") if name in self.fields]

    @property
    def between(self) -> list[forms.BoundField]:
        """The boxes of the form's own questions, in their order."""
        return [self[name] for name in self.asked]

    @property
    def talk(self) -> list[forms.BoundField]:
        names = ("talk_to_sales", "phone", "preferred_times")
        return [self[name] for name in names if name in self.fields]

    @property
    def trouble(self) -> str:
        """All that is wrong, as one line."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)

    @property
    def facts(self) -> dict[str, Any]:
        """The answered fields by key."""
        found = {key: self.cleaned_data.get(name) for name, key in self.asked.items()}
        return {key: value for key, value in found.items() if value not in (None, "")}


def _line(label, longest: int, autocomplete: str, *, required: bool = True) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget)


def page(form: Form, questions: Iterable[Question], known: Known, at: datetime) -> list[str | Question]:
    """What a page of this form asks this visitor."""
    about = {
        seals.NAME: form.asks_name and not known.name,
        seals.COMPANY: form.asks_company and not known.company,
        seals.TALK: form.talk_to_sales,
    }
    who: list[str | Question] = [part for part, is_asked in about.items() if is_asked]
    return who + profiling.asked(questions, known, form.at_a_time, at)


def signs(asked: Iterable[str | Question]) -> list[str]:
    """What a page asks, as its seal remembers it."""
    return [one if isinstance(one, str) else one.key for one in asked]


def shown(form: Form, known: Known, at: datetime) -> tuple[Questions, Seal]:
    """The page for this visitor, and its seal."""
    asked = page(form, form.questions.select_related("field"), known, at)
    seal = Seal.new(form, at, signs(asked))
    return Questions(form, asked, consent=seal.consent), seal


def asked_then(form: Form, seal: Seal) -> list[str | Question]:
    """What a sealed page asked, though the form may ask something else by now."""
    now = {question.key: question for question in form.questions.select_related("field")}
    gone = Field.objects.filter(key__in=set(seal.asked) - now.keys())
    now |= {field.key: Question(form=form, field=field) for field in gone}
    return [now.get(sign, sign) for sign in seal.asked]


def readable(data) -> dict[str, str]:
    """What a browser sent as text that any page can show again, whatever encoding it claimed."""
    return {_shown(name): _shown(data.get(name)) for name in data}


def _shown(text: str) -> str:
    return str(text).encode("utf-8", "replace").decode()


def typed(data) -> dict[str, str]:
    """What was typed, as it can be kept: bounded, and without what the database cannot hold."""
    names = [name for name in data if name not in ("seal", "csrfmiddlewaretoken", visitors.BOX)]
    return {_kept(name)[:100]: _kept(data.get(name))[:KEPT_CHARACTERS] for name in names[:KEPT_ANSWERS]}


def _kept(text: str) -> str:
    return _shown(text).replace("\x00", "\ufffd")
