#!/usr/bin/env bash
# Builds everything and runs every test. The last line is "N passed, N failed, N skipped".
# Only tests marked with the trait Needs = Gpu, Weights or Network may skip; any other skip fails the run.
set -uo pipefail
ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$ROOT/scripts/lib/web.sh"
. "$ROOT/scripts/lib/browser.sh"
. "$ROOT/scripts/lib/build.sh"
need_dotnet && web_ensure && browser_ensure && build_once solution SaeDashboard.sln || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

results="$ROOT/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0 status=0
for folder in "$ROOT"/tests/*.Tests; do
  project=$(basename "$folder")
  program="$ROOT/artifacts/bin/$project/release/$project"
  report="$results/$project.xml"
  begun=$SECONDS
  "$program" -noColor -noLogo -longRunning 60 -xml "$report" >"$results/$project.log" 2>&1
  code=$?
  # The report's attributes, one test to a line, so that no XML tool is needed.
  if [ ! -s "$report" ]; then
    echo "$project: no report (exit code $code)"
    tail -20 "$results/$project.log"
    failed=$((failed + 1)) status=1
    continue
  fi
  flat=$(sed 's/<test /\n<test /g' "$report" | grep '^<test ')
  p=$(grep -c 'result="Pass"' <<<"$flat")
  f=$(grep -c 'result="Fail"' <<<"$flat")
  s=$(grep -c 'result="Skip"' <<<"$flat")
  excused=$(grep 'result="Skip"' <<<"$flat" | grep -cE '<trait name="Needs" value="(Gpu|Weights|Network)"')
  printf '%-34s %5d passed %3d failed %3d skipped  %4d s\n' "$project" "$p" "$f" "$s" $((SECONDS - begun))
  if [ "$code" -ne 0 ] || [ "$f" -gt 0 ] || [ $((p + f)) -eq 0 ]; then
    status=1
    [ "$f" -eq 0 ] && f=1
    grep -vE '^\s*$' "$results/$project.log" | tail -60
  fi
  if [ "$s" -gt "$excused" ]; then
    echo "$project: $((s - excused)) test(s) skipped that need no GPU, weights or network: a skip is not a pass."
    grep 'result="Skip"' <<<"$flat" | grep -vE '<trait name="Needs"' | sed 's/.* name="\([^"]*\)".*/  \1/'
    f=$((f + s - excused)) s=$excused status=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
