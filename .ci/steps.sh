# Sourced: run named steps, time each, go on after a failure, and end with the sum of it.
failed=()

step() {
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    if "$@" < /dev/null; then
        printf '== %s: %d s\n' "$name" $((SECONDS - began))
    else
        printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - began))
        failed+=("$name")
    fi
}

finish() {
    if [ ${#failed[@]} -gt 0 ]; then
        printf '\nFailed: %s\n' "$(IFS=,; echo "${failed[*]}")"
        exit 1
    fi
}
