#!/usr/bin/env bash
# Our IKEv2 examples against other daemons in network namespaces, as a Markdown
# table. Needs root; Debian packages that are missing are installed. strongSwan
# comes first; libreswan and OpenIKED need shims for kernels without IPsec, from
# ../shared/peers, and are left out without them. Status 77: it cannot run here.
#   scripts/interop.sh [--quick] [--keep FOLDER] [NAME …]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly ROOM=$PWD/target/interop
readonly SHIMS=${IPSEC_SHARED:-../shared}/peers
readonly PACKAGES=(
    charon-systemd strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins
    libstrongswan-standard-plugins iproute2 iputils-ping nftables openssl tcpdump
)
# Beside libreswan, whose package excludes strongSwan's, what it needs.
readonly OTHERS=(
    openiked gcc libc6-dev libnss3-tools libcap-ng0 libldap-2.5-0 libunbound8 libldns3 libevent-pthreads-2.1-7 libcurl3-nss
)

main() {
    [ "$(id -u)" = 0 ] || { echo "interop.sh: needs root for network namespaces" >&2; exit 77; }
    install "${PACKAGES[@]}" || exit 77
    [ "${1:-}" = --quick ] || others || true
    cargo build --quiet -p ipsec-core -p ipsec-examples --all-features --bins
    python3 scripts/interop "$@"
}

install() {
    local missing=()
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
        { echo "interop.sh: needs the packages ${missing[*]}" >&2; return 1; }
}

others() {
    [ -f "$SHIMS/xfrmshim.c" ] || return 0
    install "${OTHERS[@]}" || return 0
    mkdir -p "$ROOM"
    for shim in xfrm pfkey; do
        gcc -shared -fPIC -O1 -o "$ROOM/$shim.so" "$SHIMS/${shim}shim.c" -ldl || return 0
    done
    [ -d "$ROOM/libreswan" ] ||
        (cd "$ROOM" && apt-get download -qq libreswan 2>/dev/null && dpkg -x libreswan_*.deb libreswan)
    export LIBRESWAN=$ROOM/libreswan XFRM_SHIM=$ROOM/xfrm.so PFKEY_SHIM=$ROOM/pfkey.so
}

main "$@"
