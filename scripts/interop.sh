#!/usr/bin/env bash
# Our IKEv2 examples against strongSwan in network namespaces, as a Markdown
# table. Needs root; Debian packages that are missing are installed. Status 77:
# it cannot run here.
#   scripts/interop.sh [--quick] [--keep FOLDER] [NAME …]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PACKAGES=(
    charon-systemd strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins
    libstrongswan-standard-plugins iproute2 iputils-ping nftables tcpdump
)

main() {
    [ "$(id -u)" = 0 ] || { echo "interop.sh: needs root for network namespaces" >&2; exit 77; }
    need_packages
    cargo build --quiet -p ipsec-core -p ipsec-examples --all-features --bins
    python3 scripts/interop "$@"
}

need_packages() {
    local missing=()
    for package in "${PACKAGES[@]}"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        { echo "interop.sh: needs the packages ${missing[*]}" >&2; exit 77; }
}

main "$@"
