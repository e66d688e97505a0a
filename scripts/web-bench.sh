#!/usr/bin/env bash
# How quick the page is on 100 MB of capture and on a million packets, beside
# Wireshark compiled for the browser, as a Markdown table.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly WIREGASM=@goodtools/wiregasm@1.9.1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

{
    cargo build --quiet --release -p ipsec-core --all-features --example mix_capture
    mix=${CARGO_TARGET_DIR:-target}/release/examples/mix_capture
    "$mix" --bytes 100000000 --conversations 1000 > "$made/large.pcap"
    "$mix" --packets 1000000 --conversations 1000 > "$made/rows.pcap"
    make web
    npm install --prefix "$made" --no-audit --no-fund --loglevel=error "$WIREGASM" ||
        echo "web-bench.sh: without Wireshark in the browser: $WIREGASM cannot be had" >&2
} >&2

export BENCH_CAPTURE=$made/large.pcap BENCH_ROWS=$made/rows.pcap BENCH_OUT=$made
[ ! -d "$made/node_modules/@goodtools/wiregasm" ] || export BENCH_WIREGASM=$made/node_modules/@goodtools/wiregasm/dist
(cd ipsec-wasm/page && npx vitest run --config bench/vitest.config.ts >&2)
cat "$made/page.md"
[ ! -f "$made/wiregasm.md" ] || cat "$made/wiregasm.md"
