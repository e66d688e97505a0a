#!/usr/bin/env bash
# Everything CI checks of the Python package: builds it as pip does not (in
# development's profile, into a virtual environment under target/), compares
# the stubs, checks types, runs the tests, the documentation and the README, and
# packs the sources.
# Ends with 77 where Python 3.11 is missing; the tests of Spark need Java.
set -euo pipefail
cd "$(dirname "$0")/../ipsec-py"

readonly VENV=../target/venv

main() {
    local python
    python=$(find_python) || {
        echo "Python 3.11 or newer is missing" >&2
        exit 77
    }
    step "environment of $("$python" --version)"
    [ -x $VENV/bin/python ] || "$python" -m venv $VENV
    export PATH="$PWD/$VENV/bin:$PATH" VIRTUAL_ENV="$PWD/$VENV"
    export IPSEC_SHARED; IPSEC_SHARED=$(realpath -m "${IPSEC_SHARED:-../../shared}")
    pip install --quiet --disable-pip-version-check -r tests/requirements.txt -r docs/requirements.txt
    have_java
    step "build"
    maturin develop --quiet --features inspect
    step "stubs"
    ../scripts/stubs.sh | diff -u python/ipsec_core/_native.pyi - || {
        echo "the stubs are not those of the module: make stubs" >&2
        return 1
    }
    python -m mypy.stubtest ipsec_core --mypy-config-file pyproject.toml
    step "types"
    mypy
    basedpyright
    step "tests"
    pytest
    step "source distribution"
    source_distribution
    step "documentation"
    sphinx-build --quiet --fail-on-warning --nitpicky -b doctest docs docs/_build/doctest
    sphinx-build --quiet --fail-on-warning --nitpicky -b html docs docs/_build/html
}

step() {
    printf '\n== python: %s [%d s]\n' "$1" "$SECONDS"
}

# What goes to an index holds all that is built from it, and the licences.
source_distribution() {
    local made=../target/sdist
    rm -rf $made
    maturin sdist --out $made 2>/dev/null
    tar -C $made -xzf $made/*.tar.gz
    (cd $made/ipsec_core-*/ipsec-py && cargo metadata --format-version 1 >/dev/null)
    ls $made/ipsec_core-*/LICENSE-{APACHE,MIT} >/dev/null
}

# Installed on CI machines only; elsewhere the tests of Spark are skipped.
have_java() {
    if ! command -v java >/dev/null && [ "${CI:-}" = true ]; then
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends default-jre-headless >/dev/null
    fi
}

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

main
