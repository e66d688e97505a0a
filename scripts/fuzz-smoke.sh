#!/usr/bin/env bash
# Fuzzes every target for SECONDS_EACH on the installed stable compiler, starting from
# the messages, captures, key files, configurations and certificates of ipsec-core/tests/data.
#   scripts/fuzz-smoke.sh [SECONDS_EACH]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly SECONDS_EACH=${1:-60}
readonly TARGETS=(ike_message isakmp_message capture keylog log config certificates printed inputs esp_open ah_open stack_ops)

cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --version 0.13.2 --locked
cargo run --quiet -p ipsec-core --all-features --example fuzz_seeds -- ipsec-core/tests/data examples/captures fuzz/corpus
for target in "${TARGETS[@]}"; do
    printf '\n== %s for %s s\n' "$target" "$SECONDS_EACH"
    # Without a sanitizer libFuzzer needs no nightly compiler; the library has no unsafe code.
    cargo fuzz run -s none "$target" -- -max_total_time="$SECONDS_EACH" -timeout=5 -rss_limit_mb=1024
done
