# Sourced, not run. Checks the pages' modules: eslint, prettier and vitest, each problem a failed test.
#   run_javascript RESULTS   prints a line of the tests' table; leaves "PASSED FAILED SKIPPED STATUS" in RESULTS/JavaScript.count

run_javascript() {
  local results=$1 begun=$SECONDS p=0 f=0 s=0 tool report="$1/JavaScript.json" log="$1/JavaScript.log"
  rm -f "$report"
  : >"$log"
  for tool in lint format:check; do
    if (cd "$ROOT" && npm run --silent "$tool") >>"$log" 2>&1; then p=$((p + 1)); else f=$((f + 1)); echo "npm run $tool failed" >>"$log"; fi
  done
  (cd "$ROOT" && node_modules/.bin/vitest run --reporter=dot --reporter=json --outputFile.json="$report") >>"$log" 2>&1
  local code=$? counts
  # Tests that are skipped or left to do count as failed: none of them needs a GPU, weights or a network.
  counts=$(node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); console.log(r.numPassedTests, r.numTotalTests - r.numPassedTests)' "$report" 2>>"$log") || counts="0 1"
  p=$((p + ${counts% *})) f=$((f + ${counts#* }))
  # A file that does not load fails without a test of its own.
  [ "$code" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  printf '%-34s %5d passed %3d failed %3d skipped  %4d s\n' JavaScript "$p" "$f" "$s" $((SECONDS - begun))
  [ "$f" -eq 0 ] || grep -vE '^\s*$' "$log" | tail -60
  echo "$p $f $s $((f > 0))" >"$results/JavaScript.count"
}
