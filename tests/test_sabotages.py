"""Each sabotage still has something to break: one place, in the code as it is."""

import pytest

from tests.sabotage import ROOT, SABOTAGES


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_what_a_sabotage_changes_stands_once(sabotage):
    honest = (ROOT / sabotage.file).read_text()

    assert honest.count(sabotage.before) == 1
