#!/usr/bin/env bash
# What is too long for the tests: run it before a release. Each part can be run alone:
#   scripts/check.sh [default-run] [long] [steering] [steering-table] [kills] [architectures] [site] [fuzz] [fuzz-saes] [replay] [seams] [silences] [streaming] [sound] [import] [search] [live] [sharing] [speed] [trainer-speed] [store] [benchmarks] [table]
# Ends with "N passed, N failed"; figures are printed as they come.
set -uo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/browser.sh"
. "$ROOT/scripts/lib/build.sh"
need_dotnet && web_ensure && browser_ensure && build_once solution SaeDashboard.sln || exit 1

worker="$ROOT/scripts/worker.sh"
model="$ROOT/demo/model" dataset="$ROOT/demo/dataset"
work=$(mktemp -d "${TMPDIR:-/tmp}/sae-check-XXXXXX")
trap 'rm -rf "$work"' EXIT
# What is broken off ends here: a program that keeps its state at Ctrl+C would otherwise be followed by the next.
trap 'exit 130' INT TERM
passed=0 failed=0

pass() { passed=$((passed + 1)); echo "  ok    $*"; }
fail() { failed=$((failed + 1)); echo "  FAIL  $*"; }

# at_least NAME VALUE FLOOR, at_most NAME VALUE CEILING
at_least() { awk -v v="$2" -v l="$3" 'BEGIN { exit !(v >= l) }' && pass "$1 $2 (at least $3)" || fail "$1 $2 (should be at least $3)"; }
at_most() { awk -v v="$2" -v l="$3" 'BEGIN { exit !(v <= l) }' && pass "$1 $2 (at most $3)" || fail "$1 $2 (should be at most $3)"; }

# field FILE NAME: the first number called NAME in a JSON file
field() { sed -n "s/.*\"$2\": \([-0-9.eE+]*\).*/\1/p" "$1" | head -1; }

for part in "${@:-default-run long steering steering-table kills architectures site fuzz fuzz-saes replay seams silences streaming sound import search live sharing speed trainer-speed store benchmarks table}"; do
  for one in $part; do
    echo "== $one"
    # shellcheck source=/dev/null
    . "$ROOT/scripts/checks/$one.sh" || fail "$one could not be run"
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
