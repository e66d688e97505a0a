#!/usr/bin/env bash
# Peak memory of `ipsec why` on captures of growing size with the same number of
# conversations, as a Markdown table: it must not grow with the file.
#   scripts/memory.sh [CONVERSATIONS]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly CONVERSATIONS=${1:-1000}
readonly SIZES=(10000000 100000000 1000000000)
readonly MIX=target/mix-memory.pcap

[ -x /usr/bin/time ] || { echo "memory.sh: needs /usr/bin/time (apt-get install time)" >&2; exit 1; }
cargo build --quiet --release -p ipsec-core --all-features --bin ipsec --example mix_capture
trap 'rm -f "$MIX" "$MIX.time"' EXIT

echo "| capture | conversations | peak memory | elapsed |"
echo "|---|---|---|---|"
for size in "${SIZES[@]}"; do
    target/release/examples/mix_capture --bytes "$size" --conversations "$CONVERSATIONS" > "$MIX"
    /usr/bin/time -q -f '%M %e' -o "$MIX.time" target/release/ipsec why "$MIX" >/dev/null 2>&1 || test $? -eq 1
    awk -v bytes="$(stat -c %s "$MIX")" -v n="$CONVERSATIONS" \
        '{ printf "| %.0f MB | %d | %.1f MB | %.1f s |\n", bytes / 1e6, n, $1 / 1024, $2 }' "$MIX.time"
done
