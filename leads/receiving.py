"""What becomes of what was sent on a form: refused and kept, or admitted with everything that was said."""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import activities, buckets, consenting, following, holding, intake, replying, visitors
from leads.asking import Questions, typed
from leads.models import Channel, Form, Grade, Kind, Lead, Submission
from leads.seals import NOT_OURS, TOO_OLD, Seal
from leads.signals import consultation_requested

log = logging.getLogger(__name__)
TRAP = "leave_empty"
Cause, Outcome = Submission.Cause, Submission.Outcome


@dataclass(frozen=True)
class Sender:
    """Where a sending came from: the page it was typed on, a hash of the address, the browser's own key."""

    page: uuid.UUID | None = None
    came_from: str = ""
    visitor: uuid.UUID | None = None


@dataclass(frozen=True)
class Doubt:
    """Why a sending is not taken up, and whether its sender may learn that."""

    cause: str
    why: str
    is_told: bool = False


def doubt(
    form: Form, sent: dict[str, str], seal: Seal | None, sender: Sender, *, at: datetime
) -> Doubt | None:
    """What speaks against a sending before it is read; machines are thanked like everybody."""
    if sent.get(TRAP):
        return Doubt(Cause.TRAP, _("The box that people don't see was filled in"))
    if seal is None or seal.is_old(at):
        return Doubt(Cause.UNSEALED, str(TOO_OLD if seal else NOT_OURS), is_told=True)
    if seal.is_quick(at):
        return Doubt(Cause.QUICK, _("It was sent within a second"))
    if not buckets.take({"place": sender.came_from}, at=at):
        return Doubt(Cause.TOO_OFTEN, _("Too many came from one place within an hour"))
    if not form.is_live:
        return Doubt(Cause.CLOSED, _("The form was closed while it was being filled in"), is_told=True)
    return None


def too_often(questions: Questions, *, at: datetime) -> Doubt | None:
    """Too much for one address or company; counted once it can be read."""
    if buckets.take(buckets.senders(questions.cleaned_data["email"]), at=at):
        return None
    return Doubt(Cause.TOO_OFTEN, _("Too many came for one address or company within an hour"))


def refuse(form: Form, data, cause: str, why: str, sender: Sender, *, at: datetime) -> Submission:
    """Keep what was sent although nobody becomes a lead by it."""
    return Submission.objects.create(
        form=form,
        answers=typed(data),
        outcome=Outcome.REFUSED,
        cause=cause,
        refusal=str(why)[:200] or str(Cause(cause).label),
        page=sender.page,
        came_from=sender.came_from,
        at=at,
    )


@transaction.atomic
def receive(
    questions: Questions, seal: Seal, sender: Sender | None = None, *, at: datetime
) -> Submission | None:
    """Admit whoever answered, remember what they said, and ring sales where they asked for it.

    All or nothing: the visitor is thanked when this has been committed. None where the intake refuses,
    whose reason then stands beside its box. What their browser did before becomes theirs.
    """
    kept = seal.in_words(typed(questions.data))
    key = seal.submission_id(kept)
    if known := _already(key):
        return known
    return admit(questions, kept, key, sender or Sender(seal.page), seal.consent, sent_at=at, at=at)


def admit(
    questions: Questions,
    kept: dict[str, str],
    key: uuid.UUID,
    sender: Sender,
    consent: str,
    *,
    sent_at: datetime,
    at: datetime,
) -> Submission | None:
    """What was sent at one instant is taken up at another, usually the same."""
    if sender.visitor:
        visitors.hold(sender.visitor, at)  # first of all locks, as everywhere
    lead = _lead(questions, consent, sent_at, at)
    if lead is None:
        return None
    if sender.visitor:
        visitors.identify(sender.visitor, lead, at=at, confirmed=True)
        believe = partial(following.believe, sender.visitor, lead, at=at)
        transaction.on_commit(believe, robust=True)  # whatever becomes of that, the form is received
    given = questions.cleaned_data
    said = {"public_id": key, "form": questions.form, "lead": lead, "answers": kept, "at": at}
    made = _written(given, sender, **said)
    _remember(made, lead, sent_at, at)
    replying.answer(made, lead, given["email"], consent if given.get("consent") else "", at=at)
    return made


def _written(given: dict[str, Any], sender: Sender, **said: Any) -> Submission:
    return Submission.objects.create(
        talk_to_sales=given.get("talk_to_sales", False),
        preferred_times=given.get("preferred_times", ""),
        outcome=Outcome.ADMITTED,
        page=sender.page,
        came_from=sender.came_from,
        **said,
    )


def _already(key: uuid.UUID) -> Submission | None:
    """The same sending, where it has been committed; two at once wait for each other here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(key)])
    return Submission.objects.filter(public_id=key).first()


def _lead(questions: Questions, consent: str, sent_at: datetime, at: datetime) -> Lead | None:
    form = questions.form
    agreed = consent if questions.cleaned_data.get("consent") and not form.double_opt_in else ""
    try:
        admission = intake.admit([_arrival(questions, agreed, sent_at)], at=at)
    except holding.NobodyToHold as trouble:
        questions.add_error(None, _("We cannot take this up just now. It is kept, and somebody will see it."))
        log.error("form %s: %s", form.slug, trouble)
        return None
    for _index, column, problem in admission.refusals:
        boxes = [name for name in (column, f"field_{column}") if name in questions.fields]
        questions.add_error(boxes[0] if boxes else NON_FIELD_ERRORS, problem)
    if form.double_opt_in and admission.created:
        unconfirmed = _("Form “%s”: not confirmed yet") % form
        new = [lead for lead in admission.lead_ids if lead]
        consenting.consent(new, Channel.EMAIL, False, unconfirmed, at=at, suppress=False)
    return Lead.objects.filter(pk__in=[pk for pk in admission.lead_ids if pk]).first()


def _arrival(questions: Questions, agreed: str, sent_at: datetime) -> intake.Arrival:
    given, form = questions.cleaned_data, questions.form
    return intake.Arrival(
        email=given["email"],
        first_name=given.get("first_name", ""),
        last_name=given.get("last_name", ""),
        company=given.get("company", ""),
        phone=given.get("phone", ""),
        source=form.source,
        campaign=form.campaign,
        facts=questions.facts,
        consent=agreed or None,
        at=sent_at,
    )


def _remember(made: Submission, lead: Lead, sent_at: datetime, at: datetime) -> None:
    """The sending is an activity; a wish to talk is another, and the one thing sales hears of at once."""
    identity = activities.thread_of(lead, (made.answers or {}).get("email", ""))
    kinds = [Kind.FORM, *([Kind.TALK_TO_SALES] if made.talk_to_sales else [])]
    activities.record(
        [
            activities.Event(
                identity_id=identity,
                kind=kind,
                at=sent_at,
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
