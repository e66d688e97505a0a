#!/usr/bin/env bash
# Everything CI checks, quickest failures first. Fetches what it needs; what
# cannot be had is skipped, and said again at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly FEATURES=(std rustcrypto rsa curve448 aws-lc capture log config diag report serde arrow cli)
readonly TOOLS=(tshark tcpdump)
skipped=()

main() {
    if [ "${CI:-}" = true ]; then
        export CARGO_INCREMENTAL=0
    fi
    step "formatting"
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    step "clippy: every crate, every target, every feature"
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    need_tools
    run_tests
    step "another IKE daemon"
    scripts/interop.sh --quick || { [ $? -eq 77 ] && skip "connections with strongSwan (interop.sh names what it needs)"; }
    step "doctests"
    cargo test --doc -p ipsec-core --all-features
    step "documentation"
    RUSTDOCFLAGS="-D warnings" cargo doc -p ipsec-core --lib --no-deps --all-features
    each_feature_alone
    check_on thumbv7em-none-eabi -p ipsec-core --no-default-features
    check_on thumbv7em-none-eabi -p ipsec-core --no-default-features --features rustcrypto
    check_on wasm32-unknown-unknown -p ipsec-core --features capture,log,config,diag,report,serde
    check_on wasm32-unknown-unknown -p ipsec-wasm
    check_on wasm32-unknown-unknown -p ipsec-wasm --features full
    step "Python package"
    scripts/test-python.sh || { [ $? -eq 77 ] && skip "the Python package's tests (test-python.sh names what it needs)"; }
    step "npm package"
    scripts/test-wasm.sh || { [ $? -eq 77 ] && skip "the npm package's tests (test-wasm.sh names what it needs)"; }
    step "page"
    scripts/test-page.sh || { [ $? -eq 77 ] && skip "the page's tests (test-page.sh names what it needs)"; }
    step "fuzz targets"
    cargo clippy --manifest-path fuzz/Cargo.toml --no-default-features -- -D warnings
    step "done"
    report_skipped
}

step() {
    printf '\n== %s [%d s]\n' "$1" "$SECONDS"
}

skip() {
    skipped+=("$1")
    printf '\n*** SKIPPED: %s\n' "$1" >&2
}

report_skipped() {
    for reason in ${skipped[@]+"${skipped[@]}"}; do
        printf '*** SKIPPED: %s\n' "$reason" >&2
    done
}

# Other programs that tests compare with: installed on CI machines only.
need_tools() {
    local missing=()
    for tool in "${TOOLS[@]}"; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "installing ${missing[*]}"
    if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null && return
    fi
    skip "comparisons with ${missing[*]} (install them to run these tests)"
}

run_tests() {
    step "tests"
    IPSEC_SCAPY=$(scripts/scapy.sh) && export IPSEC_SCAPY || skip "ESP and AH beside Scapy (scripts/scapy.sh installs it)"
    [ -d "${IPSEC_SHARED:-../shared}" ] || skip "sweeps of the shared captures (IPSEC_SHARED names their folder)"
    if cargo nextest --version >/dev/null 2>&1 || cargo install cargo-nextest --locked; then
        cargo nextest run -p ipsec-core -p ipsec-examples -p ipsec-wasm --all-features
    else
        skip "cargo-nextest is missing and could not be installed; cargo test runs instead"
        cargo test -p ipsec-core -p ipsec-examples -p ipsec-wasm --all-features --lib --bins --tests
    fi
}

# Clippy with -D warnings instead of check: same artefacts, and a feature that
# leaves something unused fails too.
each_feature_alone() {
    step "feature: none"
    cargo clippy -p ipsec-core --no-default-features -- -D warnings
    for feature in "${FEATURES[@]}"; do
        step "feature: $feature"
        cargo clippy -p ipsec-core --no-default-features --features "$feature" -- -D warnings
    done
}

check_on() {
    local target=$1
    shift
    step "$target: $*"
    if has_target "$target" || { timeout 120 rustup target add "$target" && has_target "$target"; }; then
        cargo check --target "$target" "$@"
    else
        skip "check for $target (rustup target add $target)"
    fi
}

has_target() {
    compgen -G "$(rustc --print target-libdir --target "$1")/libcore-*.rlib" >/dev/null
}

main
