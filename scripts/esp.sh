#!/usr/bin/env bash
# Times sealing and opening ESP packets beside the cryptography alone, OpenSSL
# and intel-ipsec-mb, and prints the tables in Markdown. One run on one machine:
# the ratios count. The two libraries take a C compiler and Debian's libssl-dev
# and libipsec-mb-dev; without one its rows are left out.
#   scripts/esp.sh
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PEERS=target/esp-peers

main() {
    cargo bench --quiet -p ipsec-core --all-features --bench esp --no-run
    rm -f "$PEERS"
    cc -O2 -DIPSEC_MB -o "$PEERS" scripts/esp-peers.c -lcrypto -lIPSec_MB 2>/dev/null ||
        cc -O2 -o "$PEERS" scripts/esp-peers.c -lcrypto 2>/dev/null || true
    ours gcm
    peers gcm
    echo
    ours batches
    peers batches
    echo
    ours rest
    echo
    echo "Best of 1000 rounds of 32 packets, one core of $(processor)."
}

ours() {
    cargo bench --quiet -p ipsec-core --all-features --bench esp -- "$1"
}

peers() {
    if [ -x "$PEERS" ]; then pinned "$PEERS" "$1"; fi
}

pinned() {
    if command -v taskset >/dev/null; then taskset -c 0 "$@"; else "$@"; fi
}

processor() {
    awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null || uname -m
}

main
