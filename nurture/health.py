"""How well the engine is: the age of the oldest touch that should have gone out."""

from datetime import datetime, timedelta

from nurture.models import Touch

PATIENCE = timedelta(seconds=60)


def oldest_due(at: datetime) -> timedelta:
    """For how long the oldest due touch has been waiting; nothing when none does."""
    waiting = Touch.objects.waiting().filter(due_at__lte=at).order_by("due_at", "pk")
    oldest = waiting.values_list("due_at", flat=True).first()
    return at - oldest if oldest else timedelta()


def trouble(at: datetime) -> dict[str, int]:
    """How many touches stand in a state that a person should look at."""
    states = (Touch.State.IN_DOUBT, Touch.State.FAILED, Touch.State.QUARANTINED)
    return {state.value: Touch.objects.filter(state=state).count() for state in states}
