"""The classic track of thirteen touches over half a year, as a template to begin with: something useful
every other week, on many channels, with a call whenever there is something to talk about.
"""

import uuid

from django.utils.translation import gettext as _

from nurture.outline import Outline, PartPlan, StepPlan

HELLO = "Hello {{ lead.first_name | default: 'there' }},\n\n"
BYE = "\n\nKind regards\n{{ sender.name }}"


def outline() -> Outline:
    """Under new keys each time, in the reader's language."""
    return Outline(
        tuple(
            StepPlan(name, str(uuid.uuid4()), wait=wait, at_time="09:00" if wait else "", parts=parts)
            for name, wait, parts in _touches()
        )
    )


def _mail(subject: str, text: str, channel: str = "email", days: int = 0) -> PartPlan:
    return PartPlan(channel, subject, f"{HELLO}{text}{BYE}", wait_days=days)


def _hand(channel: str, script: str, days: int = 0) -> PartPlan:
    return PartPlan(channel, body=script, wait_days=days)


def _touches() -> list[tuple[str, int, tuple[PartPlan, ...]]]:
    return [
        (_("First contact"), 0, (
            _hand("call", _("Who are they, what are they working on, what is hard? Sell nothing.")),
            _mail(_("Thank you for talking to me"),
                  _("thank you for your time. I will send what fits what you told me, and no more.")),
        )),
        (_("Article by somebody else"), 14, (
            _mail(_("An article I thought of you at"),
                  _("this was not written by us, and it is the best I have read on the matter this month.")),
        )),
        (_("Case study, with a call"), 14, (
            _mail(_("How a company like yours did it"),
                  _("one page on what they changed, what it cost, and what they would do differently.")),
            _hand("call", _("Did anything in the case study sound like home?"), 3),
        )),
        (_("Newsletter, with word of it"), 14, (
            _hand("newsletter", _("This month's issue; the piece on page two is for them.")),
            _hand("voicemail", _("The newsletter is on its way; page two is for you."), 1),
        )),
        (_("Article of ours"), 14, (
            _mail(_("What we learned from thirty of these"),
                  _("five minutes to read, and one table that you may want to keep.")),
        )),
        (_("White paper"), 14, (
            _mail(_("The white paper, without a form"),
                  _("twelve pages, one formula. You need to fill in nothing to have it.")),
        )),
        (_("Direct mail"), 14, (
            _hand("direct_mail", _("A parcel for their trade: one sample, one card, written by hand.")),
        )),
        (_("eBook, with a call"), 14, (
            _mail(_("The eBook for whoever decides with you"),
                  _("written for a colleague who has not followed this as you have. Pass it on.")),
            _hand("call", _("Who else would have to say yes? May I send them the eBook?"), 3),
        )),
        (_("Podcast"), 14, (
            _mail(_("Twenty minutes for the drive home"),
                  _("somebody in your position says what went wrong, and how they mended it.")),
        )),
        (_("Free report, with a call"), 14, (
            _hand("direct_mail", _("This year's report, printed, with a marker at the page on their trade.")),
            _hand("call", _("Has the report arrived? What do the figures look like with them?"), 5),
        )),
        (_("Webcast, with a call"), 14, (
            _mail(_("A seat for you, live"),
                  _("forty minutes and questions; or the recording, if the hour does not suit."), "event"),
            _hand("call", _("Shall I keep a seat? What should the speaker answer?"), 3),
        )),
        (_("Trade show"), 14, (
            _hand("call", _("Are they going? Offer half an hour with an engineer at the stand.")),
            _mail(_("Your ticket for the fair"), _("here is your registration; our stand is on the plan."),
                  "event", 1),
        )),
        (_("Prospect call"), 14, (
            _hand("call", _("What has changed since we first spoke? Is it time to talk to sales?")),
        )),
    ]  # fmt: skip
