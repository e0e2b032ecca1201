# Live takes, with the seconds judged: how soon a turned knob is in the file and in the ear, what twenty listeners cost the generation and each other, who joins
# and who leaves a running take, and how the shipped audio processor switches arms.
figures="$work/live.txt"
: >"$figures"

# live WHAT PROJECT OPTIONS…: those tests, strictly
live() {
  local what=$1 tests="$ROOT/artifacts/bin/SaeDashboard.$2.Tests/release/SaeDashboard.$2.Tests"
  shift 2
  if SAE_STRICT=1 SAE_FIGURES="$figures" "$tests" -noColor -noLogo "$@" >"$work/live.log" 2>&1; then
    pass "$what"
  else
    fail "$what: $(grep -A6 '\[FAIL\]' "$work/live.log" || tail -5 "$work/live.log")"
  fi
}

live "a turned knob is soon in the file, and readers do not slow the generation" Worker -class "*.LiveSpeedTests"
live "from a pointer on a fader to the ear, 50 times at 1 s and at 8 s; the other arms keep their samples" EndToEnd -class "*.LiveKnobTests"
live "twenty hear a running take, one at 1 KB/s: nobody else runs dry, a step costs the same" EndToEnd -class "*.ListenersTests"
live "twenty hear a take that is made four times as fast as it sounds" Web -class "*.ManyListenersTests"
live "who opens a running take hears it from where it is; pages that close lose nothing" EndToEnd -class "*.LiveTakeTests"
if (web_tools && cd "$ROOT" && SAE_FIGURES="$figures" node_modules/.bin/vitest run tests/javascript/arms-processor.test.js tests/javascript/revisions.test.js) >"$work/live.log" 2>&1; then
  pass "switching, the loudness match and revisions in the audio processor"
else
  fail "the audio processor: $(tail -20 "$work/live.log")"
fi
sed 's/^/  /' "$figures"
