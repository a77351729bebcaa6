"""What lies behind leads: the stations they have met, and the touches that are over without reaching them."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from nurture.course import Course
from nurture.models import Touch
from nurture.schedule import Place
from people.asking import ask

#: Touches in these states have reached the lead, or may have: nobody gets that step twice.
MET = (Touch.State.SENDING, Touch.State.SENT, Touch.State.WITH_HUMAN, Touch.State.IN_DOUBT)
#: And in these it is over for an enrollment, without having reached anybody.
OVER = (Touch.State.SKIPPED, Touch.State.PASSED, Touch.State.FAILED, Touch.State.QUARANTINED)

HAVE_MET = """
    SELECT lead_id, step_key, part FROM nurture_touch
    WHERE lead_id = ANY(%(leads)s) AND step_key = ANY(%(keys)s) AND state = ANY(%(states)s)
"""
HAVE_BEEN = """
    SELECT enrollment_id, step_key, part FROM nurture_touch
    WHERE enrollment_id = ANY(%(enrollments)s) AND state = ANY(%(states)s)
"""


def met_by(lead_ids: Collection[int], courses: Iterable[Course]) -> dict[int, set[Place]]:
    """Which stations of these courses each lead has met, in this enrollment or in an earlier one."""
    met: dict[int, set[Place]] = defaultdict(set)
    keys = set().union(*(course.keys for course in courses))
    given = {"leads": list(lead_ids), "keys": list(keys), "states": [str(state) for state in MET]}
    for lead, key, part in ask(HAVE_MET, given):
        met[lead].add((key, part))
    return met


def been_by(enrollments: Iterable[int]) -> dict[int, set[Place]]:
    """Where each enrollment has a touch that is over and reached nobody: it gets no second one."""
    been: dict[int, set[Place]] = defaultdict(set)
    given = {"enrollments": list(enrollments), "states": [str(state) for state in OVER]}
    for enrollment, key, part in ask(HAVE_BEEN, given):
        been[enrollment].add((key, part))
    return been
