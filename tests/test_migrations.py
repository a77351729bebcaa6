"""Migrations: complete, and gentle with tables that are in use."""

import pytest
from django.core.management import call_command
from django_migration_linter import MigrationLinter

OURS = ["people", "leads", "nurture", "handoff"]


@pytest.mark.engine
@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration(capsys):
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)

    assert capsys.readouterr().out == "No changes detected\n"


@pytest.mark.engine
@pytest.mark.django_db(transaction=True)  # an index that is built beside the work knows no transaction
def test_no_migration_after_the_first_locks_or_breaks_a_running_installation(capsys):
    linter = MigrationLinter(include_apps=OURS, no_cache=True, ignore_initial_migrations=True)

    linter.lint_all_migrations()

    assert not linter.has_errors, capsys.readouterr().out
