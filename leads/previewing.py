"""What a form in the making would ask: a stranger, somebody who has told us this much, or a lead."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads import asking, passes, profiling, seals
from leads.forming import Draft
from leads.models import Lead
from leads.profiling import STRANGER, Known, Visit
from people.models import User

STRANGERS, TOLD, LEAD = "stranger", "told", "lead"


class Eyes(forms.Form):
    """Through whose eyes the form is seen."""

    seen_as = forms.ChoiceField(
        label=_("As it looks to"),
        choices=[(STRANGERS, _("a stranger")), (TOLD, _("somebody who has told us")), (LEAD, _("a lead"))],
        required=False,
        initial=STRANGERS,
        widget=forms.RadioSelect,
    )
    told = forms.MultipleChoiceField(
        label=_("What they have told us"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sent = forms.IntegerField(
        label=_("Forms they have sent"), required=False, min_value=0, max_value=999, initial=1
    )
    email = forms.CharField(label=_("Their e-mail"), required=False, max_length=254)

    def __init__(self, draft: Draft, user: User, data=None):
        bound = data if data is not None and "seen_as" in data else None
        super().__init__(bound, prefix=None, label_suffix="", auto_id="eyes_%s")
        self.user = user
        told = self.fields["told"]
        assert isinstance(told, forms.MultipleChoiceField)
        told.choices = [(row.field.key, row.field.label) for row in draft.rows]
        for box in self.fields.values():
            box.widget.attrs["form"] = "builder"
        self.is_valid()

    def _chosen(self, name: str) -> Any:
        return self.cleaned_data.get(name) if self.is_bound else None

    @property
    def lead(self) -> Lead | None:
        """The lead whose e-mail was typed, among those this reader may see."""
        if self._chosen("seen_as") != LEAD or not self._chosen("email"):
            return None
        seen = Lead.objects.visible_to(self.user).live().select_related("account")
        return seen.filter(email__iexact=self.cleaned_data["email"].strip()).first()

    def known(self, at: datetime) -> Known:
        if self._chosen("seen_as") == LEAD:
            return passes.known_of(self.lead)
        if self._chosen("seen_as") != TOLD:
            return STRANGER
        since = dict.fromkeys(self._chosen("told") or [], at)
        return Known(since=since, submissions=self._chosen("sent") or 0, name=True, company=True)


class Preview:
    """The page as these eyes see it now, why it leaves out the rest, and what later visits would ask."""

    def __init__(self, draft: Draft, eyes: Eyes, at: datetime):
        self.form, self.eyes = draft.words.instance, eyes
        questions, known = draft.questions(), eyes.known(at)
        most = self.form.at_a_time
        self.now: Visit = profiling.visit(questions, known, most, at)
        self.visits = profiling.visits(questions, known, most, at)
        asked = asking.page(self.form, questions, known, at)
        self.boxes = asking.Questions(self.form, asked, consent=self.form.consent_text)
        self.boxes.auto_id = "preview_%s"
        self.offers_talk = seals.TALK in asked

    @property
    def nobody(self) -> bool:
        """A lead was asked for and is not there."""
        chosen = self.eyes.cleaned_data if self.eyes.is_bound else {}
        return bool(chosen.get("seen_as") == LEAD and chosen.get("email") and not self.eyes.lead)
