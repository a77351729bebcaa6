"""One class per channel, all with the same small interface: a touch is prepared, and marked as ours to make.

`prepare` happens outside any transaction; `marked` is written in the transaction of the mark, for a group.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _

from nurture import links, merge
from nurture.claiming import Ready
from nurture.due import Due
from nurture.models import Touch
from nurture.models.step import CHANNELS
from nurture.models.track import ChannelName
from nurture.worklist import lay_before_humans
from people.asking import ask
from people.duty import LEASE
from people.letters import address, letter
from people.models import Company
from people.post import Parcel
from people.smtp import BadAddress, envelope_address

LAYOUT = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body>\n{body}\n<hr>\n'
    '<p><small>{postal}<br><a href="{url}">{words}</a></small></p>{picture}\n</body></html>\n'
)
PICTURE = '<img src="{address}" width="1" height="1" alt="">'


MARK = """
    UPDATE nurture_touch touch
    SET state = 'sending', links = marked.links, lease_until = clock_timestamp() + %(lease)s
    FROM jsonb_to_recordset(%(marked)s::jsonb) AS marked (id bigint, links jsonb)
    WHERE touch.id = marked.id AND touch.id = ANY(%(touches)s)
"""


@dataclass(frozen=True)
class Prepared:
    """A touch made ready: for which address, what, and where its tracked links lead."""

    address: str
    content: Parcel | str
    links: tuple[str, ...] = ()


class Channel(Protocol):
    """A way to reach somebody, as the engine uses it."""

    def prepare(self, due: Due, values: merge.Values, *, at: datetime) -> Prepared: ...
    def marked(self, group: Sequence[Ready], *, at: datetime) -> None: ...


class Email:
    """A mail through the mail server; it is settled by what the server answers."""

    def __init__(self, company: Company):
        self.company = company

    def prepare(self, due: Due, values: merge.Values, *, at: datetime) -> Prepared:
        words = merge.compiled(*due.words.says(due.variant))
        places = merge.destinations(words, values)
        tracked = [links.follow_address(due.public_id, number) for number in range(len(places))]
        merged = merge.merge(words, values, tracked)
        try:
            recipient = envelope_address(due.lead.email)
        except BadAddress as bad:
            raise merge.ContentError(_("This is no address to write to: %(it)s") % {"it": bad}) from bad
        mail = self._letter(due, merged, recipient, at=at)
        parcel = Parcel(settings.DEFAULT_FROM_EMAIL, recipient, mail)
        return Prepared(due.lead.email, parcel, tuple(places))

    def marked(self, group: Sequence[Ready], *, at: datetime) -> None:
        marked = [{"id": one.due.id, "links": one.prepared.links} for one in group]
        touches = [one.due.id for one in group]
        ask(MARK, {"marked": json.dumps(marked), "touches": touches, "lease": LEASE})

    def _letter(self, due: Due, merged: merge.Merged, recipient: str, *, at: datetime) -> bytes:
        sender, stop = due.track.sender, links.unsubscribe_address(due.public_id)
        postal, words = self.company.postal_address, _("Stop these e-mails")
        told = PICTURE.format(address=links.open_address(due.public_id)) if settings.TRACK_OPENS else ""
        foot = "\n".join(line for line in (postal, f"{words}: {stop}") if line)
        return letter(
            sender=address(str(sender), settings.DEFAULT_FROM_EMAIL),
            recipient=recipient,
            subject=merged.subject,
            text=f"{merged.text}\n\n-- \n{foot}\n",
            html=LAYOUT.format(
                body=merged.html, postal=escape(postal), url=stop, words=escape(words), picture=told
            ),
            message_id=due.message_id,
            at=at,
            more={
                "Reply-To": address(str(sender), sender.email),
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


class ByHand:
    """A touch on the worklist, such as a call; it is settled when somebody says how it went."""

    def prepare(self, due: Due, values: merge.Values, *, at: datetime) -> Prepared:
        _subject, body = due.words.says(due.variant)
        return Prepared(due.standing.address, merge.script(body, values))

    def marked(self, group: Sequence[Ready], *, at: datetime) -> None:
        Touch.objects.filter(pk__in=[one.due.id for one in group]).update(state=Touch.State.WITH_HUMAN)
        for one in group:
            lay_before_humans(one.due, str(one.prepared.content), at=at)


def over(company: Company) -> dict[str, Channel]:
    """Every channel by its name."""
    by_hand = dict.fromkeys(dict(CHANNELS), ByHand())
    return {**by_hand, ChannelName.EMAIL.value: Email(company)}
