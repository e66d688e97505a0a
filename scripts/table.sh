#!/usr/bin/env bash
# Prints standard input, and puts it between the markers <!-- NAME:begin --> and
# <!-- NAME:end --> of a page: a Markdown table as it is, other text as a block
# of code.
#   make-a-table | scripts/table.sh NAME [PAGE]
set -euo pipefail
name=$1
page=$(dirname "$0")/../${2:-README.md}
table=$(mktemp)
trap 'rm -f "$table" "$table.new"' EXIT

tee "$table"
if [ "$(wc -l < "$table")" -lt 2 ]; then
    echo "table.sh: no table to put into $page" >&2
    exit 1
fi
if ! grep -q '^|' "$table"; then
    sed -i -e '1i ```text' -e '$a ```' "$table"
fi
awk -v begin="<!-- $name:begin -->" -v end="<!-- $name:end -->" -v table="$table" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin {
        inside = 1
        while ((getline line < table) > 0) print line
    }
' "$page" > "$table.new"
cat "$table.new" > "$page"
