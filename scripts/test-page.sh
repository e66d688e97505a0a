#!/usr/bin/env bash
# Builds the package and the page, and tests that in Chromium. Exit status 77: something that it
# needs is missing, and is named.
set -euo pipefail
cd "$(dirname "$0")/.."

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

main() {
    command -v npm >/dev/null || skip "node and npm"
    need_chromium
    scripts/web-package.sh
    cd ipsec-wasm/page
    npm ci --no-audit --no-fund --loglevel=error
    npm run build
    npm test
}

need_chromium() {
    [ ! -x "$CHROMIUM" ] || return 0
    if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null && return
    fi
    skip "chromium (apt-get install chromium, or CHROMIUM names it)"
}

skip() {
    echo "test-page.sh: needs $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

main
