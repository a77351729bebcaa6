"""What really happened, by the mail sink's own log against what Baton says."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nurture.models import Touch


@dataclass(frozen=True)
class Verdict:
    """The count of a storm."""

    touches: int
    sent: int
    in_doubt: int
    quarantined: int
    doubled: int
    lost: int
    unaccounted: int
    kills: int
    seconds: float

    def __str__(self):
        return (
            f"storm: {self.touches} touches, {self.kills} kills in {self.seconds:.0f} s: {self.sent} sent, "
            f"{self.in_doubt} in doubt, {self.quarantined} quarantined, {self.doubled} doubled, "
            f"{self.lost} lost, {self.unaccounted} unaccounted for"
        )


def judge(accepted: Path, *, kills: int, seconds: float) -> Verdict:
    """Sent means exactly one message, in doubt at most one, quarantined none; there is no other state."""
    arrived = Counter(accepted.read_text().split())
    states = {touch.message_id: touch.state for touch in Touch.objects.all()}
    settled = Counter(states.values())
    return Verdict(
        touches=len(states),
        sent=settled["sent"],
        in_doubt=settled["in_doubt"],
        quarantined=settled["quarantined"],
        doubled=sum(times > 1 for times in arrived.values()),
        lost=sum(state == "sent" and not arrived[message] for message, state in states.items()),
        unaccounted=sum(state not in ("sent", "in_doubt", "quarantined") for state in states.values())
        + sum(states.get(message) in (None, "quarantined") for message in arrived),
        kills=kills,
        seconds=seconds,
    )
