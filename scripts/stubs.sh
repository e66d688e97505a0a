#!/usr/bin/env bash
# Writes the stubs of the Python module's native half to standard output.
set -euo pipefail
cd "$(dirname "$0")/../ipsec-py"
readonly OUT=../target/stubs
rm -rf $OUT
maturin generate-stubs --quiet --profile dev --features inspect --out $OUT >&2
# What answers for missing attributes, CPython shows under its other name.
sed 's/__getattr__/__getattribute__/' $OUT/ipsec_core/_native.pyi
