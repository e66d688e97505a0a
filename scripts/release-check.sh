#!/usr/bin/env bash
# The checks that are too slow for every push. Installs its tools on first use
# (minutes each). Comparisons with the last release need its tag (v*).
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
    local release
    release=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)

    need cargo-deny
    step "licences, sources, duplicate dependencies"
    cargo deny --all-features check bans licenses sources

    need cargo-hack
    step "every set of features"
    cargo hack check -p ipsec-core --feature-powerset --exclude-features default

    semver "$release"
    public_api "$release"
}

step() {
    printf '\n== %s [%d s]\n' "$1" "$SECONDS"
}

skip() {
    printf '\n*** SKIPPED: %s\n' "$1" >&2
}

need() {
    command -v "$1" >/dev/null || nice cargo install "$1" --locked
}

semver() {
    if [ -z "$1" ]; then
        skip "semver check: no release (tag v*) to compare with yet"
        return
    fi
    need cargo-semver-checks
    step "semver against $1"
    cargo semver-checks -p ipsec-core --all-features --baseline-rev "$1"
}

# The list is for the reviewer: target/public-api.txt, or what changed since the release.
public_api() {
    if ! cargo +nightly --version >/dev/null 2>&1; then
        skip "public API: needs a nightly compiler (rustup toolchain install nightly)"
        return
    fi
    need cargo-public-api
    step "public API"
    cargo public-api -p ipsec-core --all-features > target/public-api.txt
    wc -l target/public-api.txt
    if [ -n "$1" ]; then
        cargo public-api -p ipsec-core --all-features diff "$1..HEAD"
    fi
}

main
