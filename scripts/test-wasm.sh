#!/usr/bin/env bash
# The npm package: built, its types compiled, its class compared
# with the command over every capture, its quick starts run. Exit status 77:
# something that it needs is missing, and is named.
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
    node --version | grep -qE '^v[2-9][0-9]' || skip "Node 20 or newer"
    compgen -G "$(rustc --print target-libdir --target wasm32-unknown-unknown)/libcore-*" >/dev/null ||
        skip "a target (rustup target add wasm32-unknown-unknown)"
    scripts/web-package.sh
    IPSEC_COMMAND=$(command_for_comparison)
    export IPSEC_COMMAND
    cd ipsec-wasm
    npm run --silent types
    npm run --silent test
}

skip() {
    echo "test-wasm.sh: needs $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

# Of all features, because the tests before have built it so.
command_for_comparison() {
    cargo build --quiet -p ipsec-core --all-features --bin ipsec
    realpath "${CARGO_TARGET_DIR:-target}/debug/ipsec"
}

main
