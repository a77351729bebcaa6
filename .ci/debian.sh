# Sourced: what the tests take from Debian, installed when missing, and the outside servers.
outside_folder=
outside_words=

install_from_debian() {
    local sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2> /dev/null || { echo "Not root: run  sudo apt-get install -y $*"; return 1; }
        sudo=sudo
    fi
    export DEBIAN_FRONTEND=noninteractive
    { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends "$@"; } > /tmp/apt.$$ 2>&1 \
        || { tail -5 /tmp/apt.$$; return 1; }
    rm -f /tmp/apt.$$
}

answers() { timeout 2 bash -c "exec 3<> /dev/tcp/127.0.0.1/$1" 2> /dev/null; }

# By URL, else on the standard ports, else private ones from Debian's packages.
find_outside_servers() {
    if [ -z "${TEST_DATABASE_URL:-}" ]; then
        if standard_postgres; then
            TEST_DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres
        else
            own_postgres || return 1
        fi
    fi
    if [ -z "${TEST_BROKER_URL:-}" ]; then
        if answers 6379; then TEST_BROKER_URL=redis://127.0.0.1:6379/9; else own_redis || return 1; fi
    fi
    export TEST_DATABASE_URL TEST_BROKER_URL
    outside_words=$(.venv/bin/python .ci/versions.py) || return 1
}

standard_postgres() {
    answers 5432 && .venv/bin/python -c \
        'import psycopg; psycopg.connect("postgres://postgres@127.0.0.1:5432/postgres", connect_timeout=3)' 2> /dev/null
}

outside_home() { [ -n "$outside_folder" ] || { outside_folder=$(mktemp -d) && chmod 755 "$outside_folder"; }; }

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

programs() { ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -1; }

own_postgres() {
    [ -n "$(programs)" ] || install_from_debian postgresql || return 1
    outside_home
    mkdir "$outside_folder/postgres"
    [ "$(id -u)" != 0 ] || chown postgres "$outside_folder/postgres"
    cd "$outside_folder" || return 1
    as_postgres "$(programs)/initdb" -D "$outside_folder/postgres" -U postgres -A trust -E UTF8 > /dev/null \
        && as_postgres "$(programs)/pg_ctl" -w -D "$outside_folder/postgres" -l "$outside_folder/postgres/log" \
            -o "-p 29432 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" start > /dev/null
    local code=$?
    cd - > /dev/null || return 1
    TEST_DATABASE_URL=postgres://postgres@127.0.0.1:29432/postgres
    return $code
}

own_redis() {
    command -v redis-server > /dev/null || install_from_debian redis-server || return 1
    outside_home
    redis-server --port 29379 --bind 127.0.0.1 --dir "$outside_folder" --daemonize yes --save '' \
        --pidfile "$outside_folder/redis.pid" > /dev/null || return 1
    TEST_BROKER_URL=redis://127.0.0.1:29379/0
}

# Ends and removes only what outside_home made.
stop_outside_servers() {
    [ -n "$outside_folder" ] || return 0
    [ ! -f "$outside_folder/redis.pid" ] || kill "$(cat "$outside_folder/redis.pid")"
    [ ! -d "$outside_folder/postgres" ] \
        || as_postgres "$(programs)/pg_ctl" -D "$outside_folder/postgres" -m immediate stop > /dev/null
    case $outside_folder in /tmp/tmp.*) rm -rf -- "$outside_folder" ;; esac
    outside_folder=
}
