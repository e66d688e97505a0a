#!/usr/bin/env bash
# Speed and peak memory of reading logs, as a Markdown table: memory must not
# grow with the log once the limit of facts is reached. User and system time,
# one core, best of RUNS.
#   scripts/logs.sh
set -euo pipefail
cd "$(dirname "$0")/.."

readonly RUNS=${RUNS:-3}
readonly LOG=target/made.log
readonly READ=target/release/examples/read_log

[ -x /usr/bin/time ] || { echo "logs.sh: needs /usr/bin/time (apt-get install time)" >&2; exit 1; }
cargo build --quiet --release -p ipsec-core --no-default-features --features std,log --example read_log
trap 'rm -f "$LOG" "$LOG.time"' EXIT

measure() {
    local vendor=$1 bytes=$2
    "$READ" --make "$vendor" "$bytes" > "$LOG"
    for _ in $(seq "$RUNS"); do
        pinned /usr/bin/time -q -f '%U %S %M' "$READ" < "$LOG" 2>&1
    done | awk -v name="$vendor" -v bytes="$(stat -c %s "$LOG")" '
        / lines, / { lines = $1; facts = $3 + $6; next }
        best == "" || $1 + $2 < best { best = $1 + $2 }
        $3 > memory { memory = $3 }
        END {
            rate = best > 0 ? sprintf("%.0f MB/s", bytes / 1e6 / best) : ""
            printf "| %s | %.0f MB | %d | %d | %s | %.0f MB |\n", name, bytes / 1e6, lines, facts, rate, memory / 1024
        }'
}

pinned() {
    if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi
}

echo "| log of | size | lines | facts | speed | peak memory |"
echo "|---|---|---|---|---|---|"
measure charon 100000000
measure pluto 100000000
measure ios 100000000
measure charon 300000000
measure charon 1000000000
