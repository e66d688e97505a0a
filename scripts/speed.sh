#!/usr/bin/env bash
# Decodes one mixed capture with ipsec, tcpdump and tshark, one after the other
# on one core, and prints packets per second as a Markdown table. User time,
# best of RUNS.
#   scripts/speed.sh [PACKETS]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PACKETS=${1:-141000}
readonly RUNS=${RUNS:-3}
readonly MIX=target/mix-$PACKETS.pcap

main() {
    cargo build --quiet --release -p ipsec-core --all-features --bin ipsec --example mix_capture
    [ -s "$MIX" ] || target/release/examples/mix_capture --packets "$PACKETS" > "$MIX"

    echo "| decoder | user time | packets/s | time against the first row |"
    echo "|---|---|---|---|"
    ours=$(best target/release/ipsec decode --quiet "$MIX")
    row "every field tree, not printed (\`ipsec decode --quiet\`)" "$ours"
    row "printed (\`ipsec decode\`)" "$(best target/release/ipsec decode "$MIX")"
    row "heads only (\`ipsec scan\`)" "$(best target/release/ipsec scan "$MIX")"
    row "\`ipsec why\`" "$(best target/release/ipsec why "$MIX")"
    compare "\`tcpdump -nvvv\`" tcpdump -nvvv -r "$MIX"
    compare "\`tshark -V\`" tshark -n -V -r "$MIX"
    echo
    echo "$PACKETS packets, $(stat -c %s "$MIX") bytes; $(nproc) cores, one used: $(processor)."
}

compare() {
    local name=$1
    shift
    if command -v "$1" >/dev/null; then
        row "$name" "$(best "$@")"
    else
        echo "| $name | not installed | | |"
    fi
}

# Least user time of RUNS runs, in seconds. `why` exits 1 when it finds something.
best() {
    local TIMEFORMAT=%3U
    for _ in $(seq "$RUNS"); do
        { time pinned "$@" >/dev/null 2>&1 || true; } 2>&1
    done | sort -n | head -n 1
}

pinned() {
    if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi
}

row() {
    awk -v name="$1" -v t="$2" -v ours="$ours" -v n="$PACKETS" \
        'BEGIN { printf "| %s | %.2f s | %.0f k | %.1f × |\n", name, t, n / t / 1000, t / ours }'
}

processor() {
    awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || uname -m
}

main
