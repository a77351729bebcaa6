"""What Ruth does all day: she works her call list, and what she hears outranks what people typed."""

from datetime import datetime, timedelta
from random import Random

from handoff.demo.cast import WORDS, Cast
from leads import custody, facts
from leads.models import Custody, Lead, Rating, Saying
from nurture import worklist
from nurture.enrolling import enroll
from nurture.models import Task, Track
from people.clock import is_open

DESERTED = timedelta(days=4)


def call(cast: Cast, at: datetime) -> None:
    """Ruth works her list: some are reached, and what they say outranks what they typed."""
    ruth, chance = cast.people["Ruth"], cast.chance
    if not is_open(at, ruth.own_calendar.hours):
        return
    if at > cast.curtain - DESERTED:
        return  # some calls wait for whoever plays Ruth
    review(cast, at)
    for task in Task.objects.filter(done_at=None, due_at__lte=at).select_related("lead")[:15]:
        warm = cast.warmth.get(task.lead_id, 0)
        if chance.random() < 0.25 + 0.1 * warm:
            said = chance.choice(WORDS) if warm else "Only wanted the checklist."
            worklist.finish(task, "connected", said, _rated(warm, chance), ruth, at=at)
            facts.learn(_heard(task.lead_id, warm, chance, at), known_at=at, by=ruth)
        else:
            worklist.finish(task, chance.choice(("voicemail", "no_answer")), "", None, ruth, at=at)


def review(cast: Cast, at: datetime) -> None:
    """Whom no rule takes further goes on the slow track, by hand."""
    waiting = Custody.objects.filter(side="marketing", next_action="review", next_action_at__lte=at)
    leads = list(waiting.values_list("lead", flat=True)[:40])
    for name in ("Slow burn", "Revival"):
        enroll(leads, Track.objects.get(name=name), reason="Ruth Amaro chose it", at=at)
        leads = list(waiting.filter(lead__in=leads).values_list("lead", flat=True))
    custody.close(leads, cause="Heard everything we have", at=at)


def _rated(warm: int, chance: Random) -> dict[str, int]:
    """What Ruth rates after a call, more or less as warm as they are."""
    rated = [criterion for criterion in Rating.Criterion.values if chance.random() < 0.8]
    return {criterion: max(1, min(3, warm + chance.choice((0, 0, 1)))) for criterion in rated}


def _heard(lead: int, warm: int, chance: Random, at: datetime) -> list[facts.Answer]:
    told = {
        "budget": ("Nothing set aside", "Not this year", "In the rebuild", "NOK 400–600k set aside")[warm],
        "timeline": ("None", "Next year perhaps", "Before the summer", "Shutdown in week 7")[warm],
        "need_words": ("Reading up", "Noise on line 1", "Seals wear out", "The return pump cavitates")[warm],
    }
    return [facts.Answer(lead_id=lead, key=key, value=value, saying=Saying.VERIFIED, at=at)
            for key, value in told.items() if chance.random() < 0.8]  # fmt: skip


def heard(cast: Cast, leads: list[Lead], at: datetime) -> None:
    """Ruth asked how large they are, and it is not what they typed."""
    answers = [
        facts.Answer(account_id=lead.account_id, key="employees", value=40, saying=Saying.VERIFIED, at=at)
        for lead in leads
    ]
    facts.learn(answers, known_at=at, by=cast.people["Ruth"])
