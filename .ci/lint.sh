#!/bin/bash
# What takes seconds: style, types, imports. Migrations are held to theirs in tests/test_migrations.py.
set -uo pipefail
cd "$(dirname "$0")/.."
source .ci/steps.sh
bin=.venv/bin

templates() { git ls-files -z '*.html' | xargs -0 --no-run-if-empty "$bin/djade" --target-version 5.2 --check; }

step "ruff check" "$bin/ruff" check .
step "ruff format" "$bin/ruff" format --check .
step "djade" templates
step "mypy" "$bin/mypy" people leads nurture handoff config
step "import-linter" "$bin/lint-imports"
finish
