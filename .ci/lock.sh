#!/bin/bash
# Resolve pyproject.toml into hash-pinned locks, without writing registry addresses into them.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
resolve() {
    "$uv" pip compile --quiet --system-certs --universal --generate-hashes --fork-strategy fewest \
        --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 "$@"
}
resolve pyproject.toml --group dev -o requirements/dev.txt
resolve pyproject.toml --group local -c requirements/dev.txt -o requirements/local.txt
resolve pyproject.toml -c requirements/dev.txt -o requirements/base.txt
resolve - -c requirements/dev.txt -o requirements/uv.txt <<< "uv"
