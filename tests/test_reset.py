"""Forgetting an installation: only on request, and only what is ours."""

import fcntl

import pytest
from django.core.management import call_command

from config import embedded


def test_forgetting_deletes_what_baton_made_and_nothing_else(home, folder, capsys):
    embedded.note(began="demo")
    embedded.secret_key()
    for name in ("postgres", "media"):
        (home / name / "inside").mkdir(parents=True)
    for mine in (home / "my notes.txt", folder / "manage.py"):
        mine.write_text("mine")

    call_command("reset", yes=True)

    assert sorted(path.name for path in home.iterdir()) == ["my notes.txt", "up.lock"]
    assert sorted(path.name for path in folder.iterdir()) == [".baton", "manage.py"]


def test_forgetting_never_follows_a_link_out_of_its_folder(home, folder):
    embedded.note(began="demo")
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere/kept.txt").write_text("kept")
    (home / "media").symlink_to(folder / "elsewhere")

    with pytest.raises(embedded.Trouble, match="is not Baton's own"):
        call_command("reset", yes=True)

    assert (folder / "elsewhere/kept.txt").read_text() == "kept"


def test_forgetting_asks_and_takes_only_yes(home, monkeypatch):
    embedded.note(began="demo")
    monkeypatch.setattr("builtins.input", lambda _: "y")

    with pytest.raises(embedded.Trouble, match=r"Nothing was deleted\."):
        call_command("reset")

    assert embedded.state() == {"began": "demo"}


def test_forgetting_refuses_while_baton_runs(home):
    embedded.note(began="demo")
    with (home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(embedded.Trouble, match="Baton already runs here"):
            call_command("reset", yes=True)

    assert embedded.state() == {"began": "demo"}
