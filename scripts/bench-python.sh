#!/usr/bin/env bash
# Builds the Python package for release and reads captures of 100 MB with it,
# beside dpkt, Scapy and pyshark, which are installed into target/.
#   scripts/bench-python.sh [BYTES]
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BYTES=${1:-100000000}
readonly VENV=target/bench-python

main() {
    [ -x $VENV/bin/python ] || python3 -m venv $VENV
    $VENV/bin/pip install --quiet --disable-pip-version-check pyarrow dpkt scapy pyshark
    $VENV/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./ipsec-py
    cargo build --quiet --release -p ipsec-core --features capture --example mix_capture
    local mix=target/release/examples/mix_capture
    $mix --bytes "$BYTES" --conversations 1000 > $VENV/heads.pcap
    $mix --bytes "$BYTES" > $VENV/ike.pcap
    $VENV/bin/python scripts/bench_python.py $VENV/heads.pcap $VENV/ike.pcap
}

main
