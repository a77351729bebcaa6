"""A form of the tests, and what a stranger's browser sends from it."""

from datetime import timedelta

from django.utils import timezone

from leads import asking, seals
from leads.models import Field, Form, Question, Submission
from leads.profiling import STRANGER
from tests import make

ASKED = (("title", True), ("employees", False), ("buys_by", False))


def a_form(slug="guide", *, asks=ASKED, **details):
    """The pump guide: three questions, the first of which must be answered."""
    make.marketing_manager()
    given = {"title": "The pump guide", "consent_text": "You may write to me.", **details}
    made = Form.objects.create(slug=slug, source=make.source("Website"), **given)
    for place, (key, required) in enumerate(asks, 1):
        ask(made, key, position=place, required=required)
    return made


def ask(form, key, **details):
    return Question.objects.create(form=form, field=Field.objects.get(key=key), **details)


def seal_of(form, *, opened=timedelta(minutes=1)):
    """The seal of a page that a stranger opened a minute ago."""
    asked = asking.page(form, form.questions.select_related("field"), STRANGER, timezone.now())
    return seals.Seal.new(form, timezone.now() - opened, asking.signs(asked))


def filled(form, *, opened=timedelta(minutes=1), **details):
    """What a stranger's browser sends who opened the page a minute ago."""
    given = {
        "seal": str(seal_of(form, opened=opened)),
        "email": "henrik@aalberg.example",
        "first_name": "Henrik",
        "last_name": "Sandvik",
        "company": "Aalberg Dairy",
        "field_title": "Vice President",
    }
    return {**given, **details}


def refused():
    return list(Submission.objects.filter(outcome="refused").values_list("refusal", flat=True))


def causes():
    return list(Submission.objects.filter(outcome="refused").order_by("pk").values_list("cause", flat=True))


def labels(answer):
    """What a page asks between the e-mail and the end."""
    return [str(box.label) for box in answer.context["questions"].between]
