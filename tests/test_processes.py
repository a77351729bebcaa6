"""Keeping processes alive, and ending them in order."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from config import embedded, processes
from config.processes import Part


def pids(supervisor):
    return [keeper.process.pid for keeper in supervisor.keepers]


def test_a_server_that_never_answers_is_named_with_its_log(supervisor):
    silent = Part("silent", ["sh", "-c", "echo no luck today; exec sleep 60"], ready=lambda: False)

    with pytest.raises(embedded.Trouble, match=r"silent does not answer(.|\n)*no luck today"):
        supervisor.start(silent, within=1)


def shell(name, trap, tmp_path, **more):
    """A part that says when it is up, and does what `trap` says when asked to end."""
    up = tmp_path / f"{name} is up"
    words = f"trap '{trap}' TERM; touch '{up}'; while :; do sleep 0.05; done"
    return Part(name, ["sh", "-c", words], ready=up.exists, **more)


def test_parts_end_from_the_last_stage_to_the_first(supervisor, tmp_path):
    for stage, name in enumerate("abc"):
        trap = f'echo {name} >> "{tmp_path}/order"; exit'
        supervisor.start(shell(name, trap, tmp_path, stage=stage), within=10)

    supervisor.stop()

    assert (tmp_path / "order").read_text().split() == ["c", "b", "a"]


def test_a_part_that_will_not_end_is_ended_the_hard_way(supervisor, tmp_path):
    supervisor.start(shell("stubborn", "", tmp_path, patience=0.2), within=10)
    (pid,) = pids(supervisor)

    supervisor.stop()

    assert not psutil.pid_exists(pid)


def test_a_part_that_keeps_dying_is_tried_ever_more_slowly(supervisor, capsys):
    keeper = processes.Keeper(Part("failing", [sys.executable, "-c", "raise SystemExit(3)"]))
    pauses = [keeper._mourn() for _ in range(8)]

    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_parts_do_not_outlive_a_supervisor_that_was_killed(home):
    code = (
        "import sys; sys.path.insert(0, '.'); from config.processes import *; s = Supervisor();"
        "s.launch(Part('p', ['sleep', '60'])); print(s.keepers[0].process.pid, flush=True); s.watch()"
    )
    environment = {**os.environ, "BATON_HOME": str(home)}
    embedded.home()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        child = int(parent.stdout.readline())
        parent.kill()

    assert ended(child)


def ended(pid, within=5):
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False
