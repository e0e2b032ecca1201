#!/usr/bin/env bash
# Builds everything and runs the tests, except the long ones (scripts/check.sh long). The last line is "N passed, N failed, N skipped".
# Only tests marked with the trait Needs = Gpu, Weights or Network may skip; any other skip fails the run.
set -uo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/browser.sh"
. "$ROOT/scripts/lib/build.sh"
. "$ROOT/scripts/lib/tests.sh"
. "$ROOT/scripts/lib/javascript.sh"
need_dotnet && web_ensure && web_tools && browser_ensure && build_once solution SaeDashboard.sln || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# Profiles of short-lived processes cost more than they gain: without them a test program computes a fifth less. Timings (check.sh) keep them.
export DOTNET_TieredPGO=0

results="$ROOT/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"

# These take seconds alone, and minutes beside the browser's.
run_javascript "$results"

# The tests in a browser wait more than they compute. The others use what they leave of the processors, and make way for them. One after the other:
# three programs at once were no faster, and tests that wait for a moment failed. The tests of pages have a site and a browser of their own: they
# begin when one of the two rows has ended.
in_browser=SaeDashboard.EndToEnd.Tests
others=$(for folder in "$ROOT"/tests/*.Tests; do basename "$folder"; done | grep -vx "$in_browser")
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
(
  renice -n 10 -p "$BASHPID" >/dev/null 2>&1
  for project in $others; do run_project "$project" "${ALL_BUT_LONG[@]}"; done
) &
run_project "$in_browser" "${ALL_BUT_LONG[@]}" -namespace- "$in_browser.Pages" &
wait -n
run_project "$in_browser:Pages" "${ALL_BUT_LONG[@]}" -namespace "$in_browser.Pages"
wait

passed=0 failed=0 skipped=0 status=0
for project in JavaScript $others $in_browser $in_browser.Pages; do
  read -r p f s bad <"$results/$project.count" || { p=0 f=1 s=0 bad=1; echo "$project: did not end"; }
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ "$bad" -eq 0 ] || status=1
done
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
