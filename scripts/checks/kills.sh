# collect and train killed (SIGKILL) at 20 random moments: nothing that a later command takes for whole.
program="$ROOT/artifacts/net9.0/bin/SaeDashboard.Worker/release/SaeDashboard.Worker"
RANDOM=7
whole=0 absent=0
for round in $(seq 10); do
  "$program" collect --model "$model" --dataset "$dataset" --split select --out "$work/killed" >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 0.3 + 8 * r / 32768 }')"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  if [ -d "$work/killed" ]; then whole=$((whole + 1)); else absent=$((absent + 1)); fi
  if [ -d "$work/killed" ] && ! "$program" train --activations "$work/killed" --config "$ROOT/scripts/checks/short.json" --run-dir "$work/probe" >/dev/null 2>&1; then fail "a killed collect left a folder that train refuses"; fi
  rm -rf "$work/killed" "$work/probe"
done
pass "collect killed 10 times: $absent times no folder, $whole times it had finished and the folder is whole"
"$program" collect --model "$model" --dataset "$dataset" --split select --out "$work/acts" >/dev/null 2>&1 || fail collect
[ -z "$(find "$work" -maxdepth 1 -name '.*partial*')" ] && pass "what the killed ones left was cleared away" || fail "leftovers: $(ls -A "$work")"

resumed=0 restarted=0 finished=0
for round in $(seq 10); do
  rm -rf "$work/run" "$work/sae"
  "$program" train --activations "$work/acts" --config "$ROOT/scripts/checks/short.json" --run-dir "$work/run" --out "$work/sae" >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 0.3 + 6 * r / 32768 }')"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
  if [ -d "$work/sae" ]; then
    finished=$((finished + 1))
  else
    said=$("$program" train --activations "$work/acts" --config "$ROOT/scripts/checks/short.json" --run-dir "$work/run" --out "$work/sae" --resume 2>&1 >/dev/null) || fail "round $round could not go on: $said"
    if grep -q "Resumed from step" "$work/run/log.txt"; then resumed=$((resumed + 1)); else restarted=$((restarted + 1)); fi
  fi
  "$program" evaluate --sae "$work/sae" --model "$model" --dataset "$dataset" --split select --ce-clips 0 --score-columns 0 >/dev/null 2>&1 || fail "round $round: the SAE does not load"
done
pass "train killed 10 times: $resumed went on from a checkpoint, $restarted started over, $finished had finished; every SAE loads and is measured"
