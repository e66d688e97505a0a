#!/usr/bin/env bash
# Builds the npm package in ipsec-wasm/pkg: three modules of one crate, the
# JavaScript around them, and the types out of the schema. No wasm-opt: what
# it makes smaller packs larger, or 2 % smaller at the best. Fails when a
# module weighs more than it may.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PKG=ipsec-wasm/pkg
readonly TARGET=${CARGO_TARGET_DIR:-target}
readonly BIN=ipsec-wasm/node_modules/.bin

# What each module may weigh, gzipped, in bytes.
declare -rA BUDGET=([read]=495000 [full]=1258000)

main() {
    (cd ipsec-wasm && npm ci --no-audit --no-fund --loglevel=error)
    rm -rf "$PKG"
    mkdir -p "$PKG"
    one read
    one full --features full
    one dataplane --no-default-features --features dataplane
    types
    ln -sfn ../pkg ipsec-wasm/node_modules/ipsec-wasm
    cp ipsec-wasm/npm/* LICENSE-* "$PKG"
    check
    weigh read
    weigh full
}

# The module, small; glue for the web, which Node shares, and for bundlers.
one() {
    local name=$1 made=$TARGET/npm/$1
    shift
    cargo build --profile wasm --target wasm32-unknown-unknown -p ipsec-wasm "$@"
    mkdir -p "$made" "$PKG/$name"
    cp "$TARGET/wasm32-unknown-unknown/wasm/ipsec_wasm.wasm" "$made/$name.wasm"
    for kind in web bundler; do
        glue "$made/$name.wasm" "$kind" "$made/$kind"
        cp "$made/$kind/$name.js" "$PKG/$name/$kind.js"
        # The raw exports are nobody's business, and the only place with `any`.
        sed 's/\bany\b/unknown/' "$made/$kind/$name.d.ts" > "$PKG/$name/$kind.d.ts"
    done
    cp "$made/bundler/${name}_bg.js" "$PKG/$name"
    sed "s/NAME/$name/" ipsec-wasm/glue/node.js > "$PKG/$name/node.js"
    cp "$made/web/${name}_bg.wasm" "$PKG/$name"
}

glue() {
    cargo run --quiet --manifest-path ipsec-wasm/xtask/Cargo.toml --target-dir "$TARGET/xtask" -- "$@"
}

types() {
    "$BIN/json2ts" --additionalProperties=false --unreachableDefinitions \
        --bannerComment '// Made out of ipsec-wasm/schema/workbench.schema.json.' \
        -i ipsec-wasm/schema/workbench.schema.json |
        perl -0pe 's/ \*\n \* This interface was referenced by .*\n \* via the .*\n//g' > "$PKG/types.d.ts"
}

check() {
    (cd "$PKG" && ../node_modules/.bin/publint --strict)
}

weigh() {
    local file=$PKG/$1/$1_bg.wasm packed
    packed=$(gzip -9 < "$file" | wc -c)
    printf '%s: %d bytes, gzip %d of %d\n' "$file" "$(wc -c < "$file")" "$packed" "${BUDGET[$1]}"
    [ "$packed" -le "${BUDGET[$1]}" ]
}

main
