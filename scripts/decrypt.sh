#!/usr/bin/env bash
# Opens and verifies one capture of ESP packets with ipsec and with tshark, which
# get the same keys, and prints packets per second as a Markdown table. User time
# on one core, best of RUNS.
#   scripts/decrypt.sh [BYTES]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BYTES=${1:-100000000}
readonly RUNS=${RUNS:-3}
readonly ROOM=target/decrypt

main() {
    cargo build --quiet --release -p ipsec-core --all-features --bin ipsec --example esp_capture
    mkdir -p "$ROOM/wireshark"
    echo "| suite | \`ipsec decrypt\` | packets/s | with \`-o clear.pcapng\` | \`tshark\` | time against ours |"
    echo "|---|---|---|---|---|---|"
    for suite in gcm cbc chacha; do
        row "$suite"
    done
    rm -rf "$ROOM"
    echo
    echo "$BYTES bytes in packets of 1420; one core of $(processor)."
}

row() {
    local capture=$ROOM/$1.pcap keys=$ROOM/wireshark/esp_sa packets ours written theirs
    target/release/examples/esp_capture "$BYTES" "$1" "$capture" "$keys"
    packets=$(count target/release/ipsec decrypt --format json "$capture" --keys "$keys")
    ours=$(best target/release/ipsec decrypt "$capture" --keys "$keys")
    written=$(best target/release/ipsec decrypt "$capture" --keys "$keys" -o "$ROOM/clear.pcapng")
    theirs=$(tshark_time "$capture")
    rm -f "$capture"
    awk -v name="$1" -v n="$packets" -v ours="$ours" -v written="$written" -v theirs="$theirs" 'BEGIN {
        printf "| %s | %.2f s | %.0f k | %.2f s | ", name, ours, n / ours / 1000, written
        if (theirs == "") print "not installed | |"
        else if (theirs == "cannot") print "cannot | |"
        else printf "%.2f s | %.1f × |\n", theirs, theirs / ours
    }'
}

# Every packet must be opened, or the time says nothing.
count() {
    local opened
    opened=$("$@" | sed 's/.*"esp":{"opened":\([0-9]*\),"failed":0,"no_key":0}.*/\1/')
    [[ $opened =~ ^[0-9]+$ ]] || { echo "decrypt.sh: not every packet was opened" >&2; exit 1; }
    echo "$opened"
}

tshark_time() {
    command -v tshark >/dev/null || return 0
    local decode=(tshark -n -o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE)
    export WIRESHARK_CONFIG_DIR=$ROOM/wireshark
    if [ "$("${decode[@]}" -r "$1" -c 1 -Y udp.dstport 2>/dev/null | wc -l)" = 0 ]; then
        echo cannot
    else
        best "${decode[@]}" -r "$1"
    fi
}

# Least user time of RUNS runs, in seconds.
best() {
    local TIMEFORMAT=%3U
    for _ in $(seq "$RUNS"); do
        { time pinned "$@" >/dev/null 2>&1; } 2>&1
    done | sort -n | head -n 1
}

pinned() {
    if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi
}

processor() {
    awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || uname -m
}

main
