#!/bin/bash
# Make .venv from the lock: venv.sh local (to run Baton) or venv.sh dev (to test it as well).
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$1
SUDO=$([ "$(id -u)" = 0 ] || echo "sudo ")

say() { printf '%s\n' "$*"; }
stop() { say "$@" >&2; exit 1; }
missing() { stop "$1 is missing. This installs it:  ${SUDO}apt-get install -y $2"; }

# The system's own Python first: it is there for every user, whatever else is on the path.
find_python() {
    for candidate in /usr/bin/python3 "$(command -v python3 || true)"; do
        if [ -x "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$candidate"
            return
        fi
    done
}

newest_lock() { cmp -s "requirements/$wanted.txt" ".venv/$wanted" || cmp -s requirements/dev.txt .venv/dev; }

[ -w . ] || stop "$PWD belongs to $(stat -c %U .), and you are $(id -un): sudo chown -R $(id -un) '$PWD'"
command -v python3 >/dev/null || [ -x /usr/bin/python3 ] || missing python3 "python3 python3-venv"
python=$(find_python)
[ -n "$python" ] || stop "Baton needs Python 3.11 or newer; this machine has $(python3 -V 2>&1). Debian 12 brings 3.11."

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    say "Making .venv with $("$python" -V)"
    if command -v uv >/dev/null; then
        uv venv --quiet --clear --python "$python" .venv
    else
        "$python" -c 'import ensurepip' 2>/dev/null || missing python3-venv python3-venv
        "$python" -m venv --clear .venv || stop "The virtual environment could not be made; is the disk full?"
    fi
fi

if newest_lock; then
    touch ".venv/$wanted"
    exit 0
fi

[ -w "${HOME:-/nowhere}" ] || export UV_NO_CACHE=1 PIP_NO_CACHE_DIR=1
uv=$(command -v uv || echo .venv/bin/uv)
if [ ! -x "$uv" ]; then
    say "Fetching uv, which installs the rest"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
fi
say "Installing what requirements/$wanted.txt names (about a minute the first time)"
rm -f .venv/local .venv/dev
"$uv" pip install --system-certs --require-hashes --python .venv/bin/python -r "requirements/$wanted.txt" 2>&1 | { grep -v '^ [+-] ' || true; }
cp "requirements/$wanted.txt" ".venv/$wanted"
