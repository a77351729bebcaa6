"""Touches that are ours to make, with everything that this takes: a few statements for all."""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from leads.models.lead import full_name
from nurture import standing
from nurture.models import Part, Track
from nurture.models.touch import message_id
from nurture.permission import Cap, Standing

RELATED = ("calendar", "sender__team", "custodian")
LOAD = """
    SELECT touch.id, touch.public_id, touch.enrollment_id, touch.lead_id, touch.step_id, touch.step_key,
           touch.part, touch.channel, touch.variant, touch.attempts, enrollment.track_id,
           lead.first_name, lead.last_name, lead.email, lead.phone, lead.outside_id, lead.facts,
           account.name, account.facts, {standing}
    FROM {tables} LEFT JOIN leads_account account ON account.id = lead.account_id
    WHERE touch.id = ANY(%(touches)s) AND touch.token = %(token)s
    ORDER BY touch.due_at, touch.id
"""
OF_TOUCH, OF_PERSON, TRACK = 11, 8, 10


class Company(NamedTuple):
    """Where somebody works, as texts name it."""

    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A lead as texts and envelopes name them."""

    facts: Mapping[str, Any]
    account: Company | None
    first_name: str
    last_name: str
    email: str
    phone: str
    outside_id: str

    @property
    def name(self) -> str:
        return full_name(self)


@dataclass(frozen=True, eq=False, slots=True)
class Due:
    """A touch that is ours to make, its lead, its track and what held when we looked."""

    track: Track
    lead: Person
    words: Part
    standing: Standing
    id: int
    public_id: uuid.UUID
    enrollment_id: int
    lead_id: int
    step_id: int
    step_key: uuid.UUID
    part: int
    channel: str
    variant: int
    attempts: int

    @property
    def message_id(self) -> str:
        return message_id(self.public_id)


def load(
    touch_ids: Collection[int], token: uuid.UUID, channel: str, cap: Cap | None, at: datetime
) -> list[Due]:
    """The claimed touches of one channel in the order in which they are due."""
    rows = _rows(touch_ids, token, channel, cap, at)
    tracks = Track.objects.select_related(*RELATED).in_bulk({row[TRACK] for row in rows})
    parts = Part.objects.filter(step__in={row[4] for row in rows}).prefetch_related("variants")
    words = {(part.step_id, part.number): part for part in parts}
    return [_due(row, tracks[row[TRACK]], words[row[4], row[6]]) for row in rows]


def _rows(touch_ids: Collection[int], token: uuid.UUID, channel: str, cap: Cap | None, at: datetime) -> list:
    sql = LOAD.format(standing=standing.columns(channel, cap), tables=standing.TABLES)
    given = {**standing.params(channel, cap, at), "touches": list(touch_ids), "token": token}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def _due(row: tuple, track: Track, words: Part) -> Due:
    person = row[OF_TOUCH : OF_TOUCH + OF_PERSON]
    account = Company(person[6], json.loads(person[7])) if person[6] is not None else None
    lead = Person(json.loads(person[5]), account, *person[:5])
    stands = standing.standing(row[OF_TOUCH + OF_PERSON :], track.calendar.hours)
    return Due(track, lead, words, stands, *row[: OF_TOUCH - 1])
