# Live knobs: how soon a turned knob is in the file, at 1 s and at 8 s into a take, and what 20 readers of a take cost the worker.
figures="$work/live.txt"
if SAE_FIGURES="$figures" "$ROOT/artifacts/bin/SaeDashboard.Worker.Tests/release/SaeDashboard.Worker.Tests" -noColor -noLogo -class "*LiveSpeedTests" >"$work/live.log" 2>&1; then
  pass "a turned knob is heard soon, and readers do not slow the generation"
else
  fail "live knobs: $(tail -5 "$work/live.log")"
fi
sed 's/^/  /' "$figures"
