# Running test programs: sourced, not run.
# Tests with the trait Length = Long repeat what others show with more rounds, lengths or variants: scripts/check.sh long runs them.
ALL_BUT_LONG=(-trait- "Length=Long")
ONLY_LONG=(-trait "Length=Long")

# run_project PROJECT[:PART] FILTER...: runs the tests of a project that the runner's options choose, and says how they ended. PART names the reports of a project that is run in parts.
# Leaves "PASSED FAILED SKIPPED STATUS" in its .count. Wants ROOT and results, the folder of the reports.
# Rows of a theory are test cases of their own here: only then the filter sees the traits of a row.
run_project() {
  local project=${1/:/.} begun=$SECONDS code p f s excused flat status=0
  local program="$ROOT/artifacts/bin/${1%%:*}/release/${1%%:*}" report="$results/$project.xml" log="$results/$project.log"
  "$program" -noColor -noLogo -longRunning 60 -preEnumerateTheories "${@:2}" -xml "$report" >"$log" 2>&1
  code=$?
  if [ ! -s "$report" ]; then
    echo "$project: no report (exit code $code)"
    tail -20 "$log"
    echo "0 1 0 1" >"$results/$project.count"
    return
  fi
  # The report's attributes, one test to a line, so that no XML tool is needed.
  flat=$(sed 's/<test /\n<test /g' "$report" | grep '^<test ')
  p=$(grep -c 'result="Pass"' <<<"$flat")
  f=$(grep -c 'result="Fail"' <<<"$flat")
  s=$(grep -c 'result="Skip"' <<<"$flat")
  excused=$(grep 'result="Skip"' <<<"$flat" | grep -cE '<trait name="Needs" value="(Gpu|Weights|Network)"')
  printf '%-36s %5d passed %3d failed %3d skipped  %4d s\n' "$project" "$p" "$f" "$s" $((SECONDS - begun))
  if [ "$code" -ne 0 ] || [ "$f" -gt 0 ] || [ $((p + f)) -eq 0 ]; then
    status=1
    [ "$f" -eq 0 ] && f=1
    grep -vE '^\s*$' "$log" | tail -60
  fi
  if [ "$s" -gt "$excused" ]; then
    echo "$project: $((s - excused)) test(s) skipped that need no GPU, weights or network: a skip is not a pass."
    grep 'result="Skip"' <<<"$flat" | grep -vE '<trait name="Needs"' | sed 's/.* name="\([^"]*\)".*/  \1/'
    f=$((f + s - excused)) s=$excused status=1
  fi
  echo "$p $f $s $status" >"$results/$project.count"
}
