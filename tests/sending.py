"""Mails that have arrived, and who asks for the addresses in them."""

from leads.senders import Sender
from nurture.models import Enrollment, Touch
from tests import make

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME, OFFICE = Sender("81.2.69.142", BROWSER), Sender("145.253.2.7", BROWSER)
PLACES = ["https://a.example/", "https://b.example/", "https://c.example/"]


def sent(lead=None, *, at=make.MONDAY_9AM, links=PLACES):
    """A mail that arrived at an instant, with three links."""
    return sent_to([lead or make.lead(at=at)], at=at, links=links)[0]


def sent_to(leads, *, at=make.MONDAY_9AM, links=PLACES):
    """One mail to each of these leads, each on a track of its own."""
    step = make.track(steps=[(0, "email")]).versions.get().steps.get()
    inside = Enrollment.objects.bulk_create(_enrollment(lead, step, at) for lead in leads)
    touches = [
        Touch(
            enrollment=enrollment, lead=lead, step=step, step_key=step.key, part=1, channel="email",
            due_at=at, state="sent", sent_at=at, links=list(links),
        )
        for enrollment, lead in zip(inside, leads, strict=True)
    ]  # fmt: skip
    return Touch.objects.bulk_create(touches)


def _enrollment(lead, step, at):
    return Enrollment(
        lead=lead, track=step.version.track, version=step.version, at=at, reason="fits", state="live"
    )
