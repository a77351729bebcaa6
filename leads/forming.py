"""How a marketer makes a public form: its words, and which fields it asks in which order."""

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from leads.models import Field, Form, Question


class FormDraft(forms.ModelForm):
    """A form as it is edited: every field there is, to be asked or not."""

    class Meta:
        model = Form
        fields = (
            "title", "slug", "intro", "source", "campaign", "asset", "talk_to_sales", "consent_text",
            "thanks", "is_live",
        )  # fmt: skip
        widgets = {"intro": forms.Textarea({"rows": 3}), "thanks": forms.Textarea({"rows": 3})}
        help_texts = {
            "slug": _("The end of its address: small letters, figures and hyphens."),
            "consent_text": _("What they agree to by ticking the box. Without it, no box is shown."),
            "thanks": _("What they read once it is sent."),
            "is_live": _("Only a live form answers to strangers."),
            "asset": _("What they get for it."),
        }

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        asked = {question.field_id: question for question in self._questions()}
        self.rows = [self._row(field, asked.get(field.pk)) for field in Field.objects.order_by("label")]
        self.rows.sort(key=lambda row: (row["position"].initial or 10**6, row["field"].label))
        for row in self.rows:
            row.update({name: self[box] for name, box in row["names"].items()})
            for box in row["names"].values():
                self._name_the_box(box, row["field"])

    def _name_the_box(self, box: str, field: Field):
        """The table's head names the boxes for the eye; this names each for the ear."""
        self.fields[box].widget.attrs["aria-label"] = f"{self.fields[box].label}: {field.label}"

    def _questions(self):
        return self.instance.questions.all() if self.instance.pk else ()

    def _row(self, field: Field, question: Question | None) -> dict:
        names = {name: f"{name}_{field.key}" for name in ("position", "label", "required")}
        self.fields[names["position"]] = position = forms.IntegerField(
            label=_("Place"),
            min_value=1,
            max_value=99,
            required=False,
            initial=question and question.position,
        )
        self.fields[names["label"]] = forms.CharField(
            label=_("Asked as"), max_length=200, required=False, initial=question.label if question else ""
        )
        self.fields[names["required"]] = forms.BooleanField(
            label=_("Must be answered"), required=False, initial=bool(question and question.required)
        )
        return {"field": field, "position": position, "names": names}

    @property
    def words(self):
        """The boxes of the form itself."""
        return [self[name] for name in self.Meta.fields]

    @transaction.atomic
    def save(self, commit=True):
        """The form and exactly the questions that have a place."""
        form = super().save()
        form.questions.all().delete()
        Question.objects.bulk_create(
            Question(
                form=form,
                field=row["field"],
                position=self.cleaned_data[row["names"]["position"]],
                label=self.cleaned_data[row["names"]["label"]],
                required=self.cleaned_data[row["names"]["required"]],
            )
            for row in self.rows
            if self.cleaned_data[row["names"]["position"]]
        )
        return form
