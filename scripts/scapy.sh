#!/usr/bin/env bash
# Prints the Python whose Scapy the tests of ESP and AH use as a peer
# (IPSEC_SCAPY); installs it into a virtual environment under target/. Ends
# with 77 where there is no Python.
#   IPSEC_SCAPY=$(scripts/scapy.sh) cargo test -p ipsec-core --test esp
set -euo pipefail
cd "$(dirname "$0")/.."

readonly VENV=$PWD/target/venv-scapy

command -v python3 >/dev/null || exit 77
[ -x "$VENV/bin/python" ] || python3 -m venv "$VENV" >&2
"$VENV/bin/pip" install --quiet --disable-pip-version-check 'scapy==2.8.0' 'cryptography>=50' >&2
echo "$VENV/bin/python"
