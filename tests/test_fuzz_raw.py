"""Whatever strangers send to the raw routes, beside Django, is answered, and never with an error of ours."""

import pytest
from hypothesis import given

from tests.fuzzing import fuzzed
from tests.hostile import Stage, requests
from tests.tracking import site  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engine,
    pytest.mark.timeout(7200),
    pytest.mark.usefixtures("site"),
]
WELL = (True, [])


def test_whatever_a_stranger_sends_to_a_raw_route_is_answered():
    with Stage() as stage:

        @fuzzed
        @given(requests())
        def answered(request):
            assert stage.outcome(*request) == WELL

        answered()
