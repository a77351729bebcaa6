"""Touches that a human makes: laid on the worklist, and finished with a word on how it went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads import activities, facts
from leads.models import Channel, Custody, Grade, Kind
from leads.signals import consultation_requested
from nurture.due import Due
from nurture.models import Enrollment, Task, Touch
from nurture.models.track import ChannelName
from nurture.planning import plan_next
from people.models import Side, Team, User

Disposition = Task.Disposition
KINDS: dict[str, Kind] = {
    Disposition.VOICEMAIL.value: Kind.VOICEMAIL,
    Disposition.NO_ANSWER.value: Kind.CALL_FAILED,
}


class TooLate(Exception):
    """Somebody finished this call first, or it left the worklist."""


@dataclass(frozen=True)
class Answer:
    """How finishing a task came out: done, or done already by whom."""

    done: bool
    words: str = ""

    @property
    def status(self) -> int:
        return 200 if self.done else 409


def lay_before_humans(due: Due, script: str, *, at: datetime) -> Task:
    """One task on the worklist of the marketing team that the track's sender belongs to."""
    team = due.track.sender.team
    if team is None or team.side != Side.MARKETING:
        team = Team.objects.filter(side=Side.MARKETING).first()
    return Task.objects.create(
        touch_id=due.id, lead_id=due.lead_id, team=team, script=script, due_at=due.standing.due_at, at=at
    )


def finish(
    task: Task,
    disposition: str,
    note: str = "",
    ratings: Mapping[str, int | None] | None = None,
    by: User | None = None,
    *,
    at: datetime,
) -> Answer:
    """Say how the call went: it is an activity, what was said is known, and the track goes on."""
    disposition = Disposition(disposition)
    try:
        with transaction.atomic():
            touch = Touch.objects.select_related("enrollment__track__calendar", "lead").get(pk=task.touch_id)
            _settle(task, touch, disposition, note, by, at=at)
            _learn(touch, disposition, ratings or {}, by, at=at)
            plan_next([touch], at=at)
            if disposition == Disposition.TALK_TO_SALES:
                consultation_requested.send(
                    sender=None, lead=touch.lead, preferred_times="", words=note, at=at
                )
    except TooLate:
        return _too_late(task, disposition, by)
    return Answer(done=True)


def _settle(task: Task, touch: Touch, disposition: str, note: str, by: User | None, *, at: datetime) -> None:
    """Exactly one person finishes a call; locks go identity, custody, enrollment, touch."""
    _record(touch, disposition, note, by, at=at)
    list(Custody.objects.select_for_update().filter(lead=task.lead_id))
    list(Enrollment.objects.select_for_update(no_key=True).filter(touches=task.touch_id))
    waiting = Touch.objects.filter(pk=touch.pk, state=Touch.State.WITH_HUMAN)
    if not waiting.update(state=Touch.State.SENT, sent_at=at):
        raise TooLate
    Task.objects.filter(pk=task.pk, done_at=None).update(
        disposition=disposition, note=note, done_by=by, done_at=at
    )


def _learn(
    touch: Touch, disposition: str, ratings: Mapping[str, int | None], by: User | None, *, at: datetime
) -> None:
    if ratings:
        facts.rate(touch.lead, ratings, by=by, at=at)
    if disposition == Disposition.DO_NOT_CALL:
        facts.consent([touch.lead_id], Channel.PHONE, False, _("Said so on a call"), at=at, by=by)


def _too_late(task: Task, disposition: str, by: User | None) -> Answer:
    """The same person saying the same again has succeeded already; anybody else is told who was first."""
    now = Task.objects.select_related("done_by").filter(pk=task.pk).first()
    if now is None or now.done_at is None:
        return Answer(done=False, words=_("This call is off the worklist: the lead left the track."))
    if (now.done_by, now.disposition) == (by, disposition):
        return Answer(done=True)
    return Answer(
        done=False, words=_("%(name)s has done this call.") % {"name": now.done_by or _("Somebody")}
    )


def _kind(channel: str, disposition: str) -> Kind:
    """A letter that was posted is something we did; a call that was answered is a sign of life."""
    if channel == ChannelName.CALL:
        return KINDS.get(disposition, Kind.CALL)
    return Kind.VOICEMAIL if channel == ChannelName.VOICEMAIL else Kind.BY_HAND


def _record(touch: Touch, disposition: str, note: str, by: User | None, *, at: datetime) -> None:
    identity = activities.identity_of([touch.lead_id])[touch.lead_id]
    event = activities.Event(
        identity_id=identity,
        kind=_kind(touch.channel, disposition),
        at=at,
        dedupe_key=f"touch.{touch.public_id}",
        about=f"touch.{touch.public_id}",
        grade=Grade.HUMAN,
        details={"disposition": str(disposition), "note": note},
        by_id=by.pk if by else None,
    )
    activities.record([event], known_at=at)
