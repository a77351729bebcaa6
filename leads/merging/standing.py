"""How two leads stood before they were merged, kept so that each can stand there again."""

from datetime import datetime
from typing import Any

from leads.merging.pair import COLUMNS, Pair
from leads.models import Custodian, Custody, Identity, Lead
from people.models import Side

HAND = ("custodian_id", "side", "owner_id", "next_action", "reason")


def of(pair: Pair) -> dict[str, Any]:
    """Everything of the leads themselves that a merge changes."""
    threads = Identity.objects.filter(lead=pair.loser).order_by("pk").values_list("pk", "joined_at")
    followers = Lead.objects.filter(merged_into=pair.loser).order_by("pk").values_list("pk", flat=True)
    return {
        "survivor": _stood(pair.survivor),
        "loser": _stood(pair.loser),
        "wrote": {column: pair.value(column) for column in COLUMNS} | {"stage": pair.stage},
        "freed": freed(pair),
        "hand_is_losers": pair.hand_is_losers,
        "due_at": _iso(pair.due_at),
        "identities": [[key, _iso(joined)] for key, joined in threads],
        "followers": list(followers),
    }


def _stood(lead: Lead) -> dict[str, Any]:
    hand = getattr(lead, "custody", None)
    return {
        **{column: getattr(lead, column) for column in COLUMNS},
        "stage": lead.stage,
        "refused": lead.refused,
        "closed_at": _iso(lead.closed_at),
        "closed_cause": lead.closed_cause,
        "custody": hand and _held(hand),
    }


def freed(pair: Pair) -> dict[str, Any]:
    """Addresses that the survivor gives up for the other's stay with the other, so that both are known."""
    return {
        column: getattr(pair.survivor, column)
        for column in ("email", "outside_id", "phone")
        if column in pair.taken and pair.differs(column)
    }


def columns_of(stood: dict[str, Any]) -> dict[str, Any]:
    return {column: stood[column] for column in COLUMNS}


def hold(lead_id: int, stood: dict[str, Any] | None, at: datetime) -> None:
    """Put a lead back into the hand in which it stood; one that was closed is in none."""
    Custody.objects.filter(lead=lead_id).delete()
    if stood:
        told = {**stood, "next_action_at": instant(stood["next_action_at"])}
        Custody.objects.create(lead_id=lead_id, since=at, **told)


def held_now(lead_id: int) -> dict[str, Any] | None:
    """The hand in which a lead is, as it would be kept."""
    hand = Custody.objects.filter(lead=lead_id).first()
    return _held(hand) if hand else None


def _held(hand: Custody) -> dict[str, Any]:
    return {name: getattr(hand, name) for name in HAND} | {"next_action_at": hand.next_action_at.isoformat()}


def is_with_a_track(lead_id: int) -> bool:
    held = Custody.objects.filter(lead=lead_id, side=Side.MARKETING)
    return held.filter(custodian__kind=Custodian.Kind.TRACK).exists()


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
