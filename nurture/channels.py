"""One class per channel, all with the same small interface: prepare, approach, marked, hand in.

A touch goes through them in this order. `approach` is all that can fail harmlessly, `marked` is written in
the transaction of the mark, and `hand_in` is what can't be taken back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _

from nurture import links, merge
from nurture.claiming import address_for, own
from nurture.models import Part, Touch
from nurture.models.step import CHANNELS
from nurture.models.track import ChannelName
from nurture.worklist import lay_before_humans
from people.duty import LEASE, ClockTimestamp
from people.letters import address, letter
from people.models import Company
from people.smtp import Answer, BadAddress, Post, envelope_address

LAYOUT = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body>\n{body}\n<hr>\n'
    '<p><small>{postal}<br><a href="{url}">{words}</a></small></p>{picture}\n</body></html>\n'
)
PICTURE = '<img src="{address}" width="1" height="1" alt="">'


@dataclass(frozen=True)
class Prepared:
    """A touch made ready: to whom, what, and where its tracked links lead."""

    address: str
    content: bytes | str
    links: tuple[str, ...] = ()
    recipient: str = ""


class Channel(Protocol):
    """A way to reach somebody, as the engine uses it."""

    def prepare(self, touch: Touch, part: Part, values: merge.Values, *, at: datetime) -> Prepared: ...
    def approach(self, prepared: Prepared) -> Answer | None: ...
    def step_back(self) -> None: ...
    def marked(self, touch: Touch, prepared: Prepared, *, at: datetime) -> None: ...
    def hand_in(self, prepared: Prepared) -> Answer | None: ...


class Email:
    """A mail through the mail server; it is settled by what the server answers."""

    def __init__(self, post: Post, company: Company):
        self.post, self.company = post, company

    def prepare(self, touch: Touch, part: Part, values: merge.Values, *, at: datetime) -> Prepared:
        words = merge.compiled(*part.says(touch.variant))
        places = merge.destinations(words, values)
        tracked = [links.follow_address(touch.public_id, number) for number in range(len(places))]
        merged = merge.merge(words, values, tracked)
        try:
            recipient = envelope_address(touch.lead.email)
        except BadAddress as bad:
            raise merge.ContentError(_("This is no address to write to: %(it)s") % {"it": bad}) from bad
        return Prepared(
            touch.lead.email, self._letter(touch, merged, recipient, at=at), tuple(places), recipient
        )

    def approach(self, prepared: Prepared) -> Answer | None:
        return self.post.approach(settings.DEFAULT_FROM_EMAIL, prepared.recipient)

    def step_back(self) -> None:
        self.post.step_back()

    def marked(self, touch: Touch, prepared: Prepared, *, at: datetime) -> None:
        changes = {"links": list(prepared.links), "lease_until": ClockTimestamp() + LEASE}
        own(touch, touch.token, Touch.State.CLAIMED, state=Touch.State.SENDING, **changes)

    def hand_in(self, prepared: Prepared) -> Answer | None:
        assert isinstance(prepared.content, bytes)
        return self.post.hand_in(prepared.content)

    def _letter(self, touch: Touch, merged: merge.Merged, recipient: str, *, at: datetime) -> bytes:
        sender, stop = touch.enrollment.track.sender, links.unsubscribe_address(touch.public_id)
        postal, words = self.company.postal_address, _("Stop these e-mails")
        told = PICTURE.format(address=links.open_address(touch.public_id)) if settings.TRACK_OPENS else ""
        foot = "\n".join(line for line in (postal, f"{words}: {stop}") if line)
        return letter(
            sender=address(str(sender), settings.DEFAULT_FROM_EMAIL),
            recipient=recipient,
            subject=merged.subject,
            text=f"{merged.text}\n\n-- \n{foot}\n",
            html=LAYOUT.format(
                body=merged.html, postal=escape(postal), url=stop, words=escape(words), picture=told
            ),
            message_id=touch.message_id,
            at=at,
            more={
                "Reply-To": address(str(sender), sender.email),
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )


class ByHand:
    """A touch on the worklist, such as a call; it is settled when somebody says how it went."""

    def prepare(self, touch: Touch, part: Part, values: merge.Values, *, at: datetime) -> Prepared:
        _subject, body = part.says(touch.variant)
        return Prepared(address_for(touch.channel, touch.lead), merge.script(body, values))

    def approach(self, prepared: Prepared) -> Answer | None:
        return None

    def step_back(self) -> None:
        pass

    def marked(self, touch: Touch, prepared: Prepared, *, at: datetime) -> None:
        own(touch, touch.token, Touch.State.CLAIMED, state=Touch.State.WITH_HUMAN)
        lay_before_humans(touch, str(prepared.content), at=at)

    def hand_in(self, prepared: Prepared) -> Answer | None:
        return None


def over(post: Post, company: Company) -> dict[str, Channel]:
    """Every channel, the written ones over this line."""
    by_hand = dict.fromkeys(dict(CHANNELS), ByHand())
    return {**by_hand, ChannelName.EMAIL.value: Email(post, company)}
