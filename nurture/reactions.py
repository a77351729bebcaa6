"""What a track may ask of somebody besides what is known of them: how they took what it sent.

The terms speak over the aliases of `FROM_ENROLLED`: a lead, and its `enrollment`. What a machine did
counts for nothing. An act that somebody was never asked for is one they did not do, never unknown.
"""

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions import Term, Vocabulary
from leads.counting import GRADE, human, regraded
from leads.models import Kind
from leads.vocabulary import FROM_LEADS, vocabulary
from nurture.models import Step, Task
from nurture.outline import Outline, every

FROM_ENROLLED = f"{FROM_LEADS}\n    JOIN nurture_enrollment enrollment ON enrollment.lead_id = lead.id"

#: The mail that went out last on this enrollment, and what was said of its last human touch.
LAST_MAIL = """SELECT sent.public_id FROM nurture_touch sent
    WHERE sent.enrollment_id = enrollment.id AND sent.channel = 'email' AND sent.state = 'sent'
    ORDER BY sent.sent_at DESC, sent.id DESC LIMIT 1"""
MAIL_OF = """SELECT sent.public_id FROM nurture_touch sent
    WHERE sent.enrollment_id = enrollment.id AND sent.step_key = '{key}' AND sent.channel = 'email'
      AND sent.state = 'sent'"""
DISPOSITION = """SELECT task.disposition
    FROM nurture_task task JOIN nurture_touch made ON made.id = task.touch_id
    WHERE made.enrollment_id = enrollment.id AND task.done_at IS NOT NULL {which}
    ORDER BY task.done_at DESC, task.id DESC LIMIT 1"""
DID = f"""EXISTS (SELECT FROM leads_activity activity
    JOIN leads_identity identity ON identity.id = activity.identity_id
    {regraded()}
    WHERE identity.lead_id = lead.id AND activity.at >= enrollment.at AND activity.kind = '{{kind}}'
      AND {human(GRADE)} {{which}})"""
TO_MAIL = "AND activity.details ->> 'touch' IN (SELECT mail.public_id::text FROM ({mails}) mail)"
POINTS = "SELECT max(score.points) FROM leads_score score WHERE score.lead_id = lead.id"

SINCE = (
    (Kind.OPEN, gettext_lazy("Opened any e-mail since the track began")),
    (Kind.CLICK, gettext_lazy("Clicked in any e-mail since the track began")),
    (Kind.REPLY, gettext_lazy("Replied since the track began")),
    (Kind.DOWNLOAD, gettext_lazy("Downloaded something since the track began")),
    (Kind.FORM, gettext_lazy("Sent a form since the track began")),
    (Kind.VISIT, gettext_lazy("Visited a page since the track began")),
    (Kind.REGISTERED, gettext_lazy("Registered for an event since the track began")),
    (Kind.ATTENDED, gettext_lazy("Attended an event since the track began")),
    (Kind.TALK_TO_SALES, gettext_lazy("Asked to talk to sales since the track began")),
)


def words(steps: Iterable[Step]) -> Vocabulary:
    """Every term for a track with these steps, by its key."""
    return _words((step.key, step.name, {part.channel for part in step.parts.all()}) for step in steps)


def words_of(outline: Outline) -> Vocabulary:
    """The same for an outline."""
    return _words(
        (uuid.UUID(step.key), step.name, {part.channel for part in step.parts})
        for step in every(outline.steps)
    )


def _words(steps: Iterable[tuple[uuid.UUID, str, set[str]]]) -> Vocabulary:
    terms = [*_general(), *(term for step in steps for term in _of_step(*step))]
    return {**vocabulary(), **{term.key: term for term in terms}}


def _general() -> list[Term]:
    return [
        _yes("opened_last", _("Opened the last e-mail"), Kind.OPEN, TO_MAIL.format(mails=LAST_MAIL)),
        _yes("clicked_last", _("Clicked in the last e-mail"), Kind.CLICK, TO_MAIL.format(mails=LAST_MAIL)),
        *(_yes(f"did_{kind.value}", str(label), kind, "") for kind, label in SINCE),
        _disposition("disposition_last", _("How the last call went"), ""),
        Term("points", _("Score"), "number", POINTS, stored="typed"),
    ]


def _of_step(key: uuid.UUID, name: str, channels: set[str]) -> list[Term]:
    """Of a step with an e-mail whether they opened it and clicked in it; of a call how it went."""
    named, terms = {"step": name}, []
    if "email" in channels:
        mails = TO_MAIL.format(mails=MAIL_OF.format(key=key))
        terms += [
            _yes(f"opened_{key.hex}", _("Opened “%(step)s”") % named, Kind.OPEN, mails),
            _yes(f"clicked_{key.hex}", _("Clicked in “%(step)s”") % named, Kind.CLICK, mails),
        ]
    if channels - {"email"}:
        which = f"AND made.step_key = '{key}'"
        terms.append(_disposition(f"disposition_{key.hex}", _("How “%(step)s” went") % named, which))
    return terms


def _yes(key: str, label: str, kind: Kind, which: str) -> Term:
    return Term(key, label, "yes_no", DID.format(kind=kind.value, which=which), stored="typed")


def _disposition(key: str, label: str, which: str) -> Term:
    choices = tuple((value, str(words)) for value, words in Task.Disposition.choices)
    return Term(key, label, "choice", DISPOSITION.format(which=which), choices=choices, stored="typed")
