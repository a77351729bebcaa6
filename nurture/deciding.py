"""Which lane a lead takes, for many leads at once: one statement for each condition that is asked."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from leads.conditions import InvalidCondition, compile_sql
from nurture import reactions
from nurture.course import Decide, Way
from nurture.models import Lane, Step

log = logging.getLogger(__name__)
HOLDING = "SELECT enrollment.id FROM {enrolled} WHERE enrollment.id = ANY(%(enrollments)s) AND {condition}"


class Decisions:
    """What holds of these enrollments at an instant; each condition is read once, when it is first asked."""

    def __init__(self, enrollments: Collection[int], *, at: datetime):
        self.enrollments, self.at = list(enrollments), at
        self.known: dict[int, set[int]] = {}

    def of(self, enrollment: int) -> Decide:
        """Who decides for this one."""
        return lambda way: enrollment in self._holding(way)

    def _holding(self, way: Way) -> set[int]:
        if way.lane_id not in self.known:
            self.known[way.lane_id] = self._read(way)
        return self.known[way.lane_id]

    def _read(self, way: Way) -> set[int]:
        """A condition that can't be read any more, as when a field is gone, holds for nobody."""
        version = Lane.objects.values_list("branch__version", flat=True).get(pk=way.lane_id)
        terms = reactions.words(Step.objects.filter(version=version).prefetch_related("parts"))
        try:
            found = compile_sql(way.condition, terms, at=self.at)
        except InvalidCondition:
            log.warning("the condition of lane %s can't be read; nobody takes it", way.lane_id)
            return set()
        return set(holding(found.sql, found.params, self.enrollments))


def holding(condition: str, params: dict, enrollments: Collection[int]) -> list[int]:
    """Those of the enrollments for which a predicate over `FROM_ENROLLED` is true."""
    sql = HOLDING.format(enrolled=reactions.FROM_ENROLLED, condition=condition)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**params, "enrollments": list(enrollments)})
        return [enrollment for (enrollment,) in cursor.fetchall()]
