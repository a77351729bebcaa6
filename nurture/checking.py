"""What keeps a track from being published, in words, and where."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions import Vocabulary, validate
from leads.models import Asset
from nurture import merge
from nurture.models.step import Unit
from nurture.outline import LanePlan, Outline, PartPlan, StepPlan, every
from nurture.reactions import words_of


def problems(outline: Outline) -> list[tuple[str, str]]:
    """The key of a step and what is wrong with it; an empty key speaks of the whole track."""
    found = list(every(outline.steps))
    if not any(step.parts for step in found):
        return [("", _("A track needs a step."))]
    terms = words_of(outline)
    whole = [("", words) for tree in (outline.goal, outline.exit) for words in _condition(tree, terms)]
    return whole + [(step.key, words) for step in found for words in _of_step(step, terms)]


def first_problem(outline: Outline) -> str:
    """The first of them as a sentence; empty when there is none."""
    names = {step.key: step.name for step in every(outline.steps)}
    for key, words in problems(outline):
        return (
            _("The step “%(step)s”: %(problem)s") % {"step": names[key], "problem": words} if key else words
        )
    return ""


def _of_step(step: StepPlan, terms: Vocabulary) -> Iterator[str]:
    if step.unit == Unit.WEEKDAY and not 1 <= step.wait <= 7:
        yield _("It waits for a weekday, and none is chosen.")
    if step.at_time and step.by_time and step.at_time >= step.by_time:
        yield _("Its hours end before they begin.")
    if step.parts and step.lanes:
        yield _("It can't both reach somebody and branch off.")
    if not step.parts and not step.lanes:
        yield _("It has no channel.")
    for part in step.parts:
        yield from _of_part(part)
    for number, lane in enumerate(step.lanes):
        yield from _of_lane(lane, last=number == len(step.lanes) - 1, terms=terms)


def _of_part(part: PartPlan) -> Iterator[str]:
    if part.asset and not Asset.objects.filter(name=part.asset).exists():
        yield _("There is no asset called “%(name)s”.") % {"name": part.asset}
    if not sum((part.weight, *(one.weight for one in part.variants))):
        yield _("No variant has a share.")
    for words in (part, *(replace(part, subject=one.subject, body=one.body) for one in part.variants)):
        if problem := merge.problem_with(words):
            yield problem


def _of_lane(lane: LanePlan, *, last: bool, terms: Vocabulary) -> Iterator[str]:
    if lane.condition is None and not last:
        yield _("The lane “%(lane)s” is for everybody, so nobody reaches those after it.") % {
            "lane": lane.name
        }
    yield from _condition(lane.condition, terms)


def _condition(tree: Any, terms: Vocabulary) -> list[str]:
    return [problem.message for problem in validate(tree, terms)] if tree is not None else []
