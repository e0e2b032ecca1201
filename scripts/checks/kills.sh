# collect and train killed (SIGKILL) at 20 random moments: nothing that a later command takes for whole.
program="$ROOT/artifacts/bin/SaeDashboard.Worker/release/SaeDashboard.Worker"
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

# Every architecture: killed at several moments and resumed each time, against a run that was not: the last states, byte for byte (weights,
# moments, counters, thresholds), and the SAE.
for architecture in topK batchTopK matryoshka jumpRelu gated relu; do
  rm -rf "$work/whole" "$work/whole-sae" "$work/run" "$work/sae"
  length=300
  [ $architecture = topK ] && length=3000
  echo "{ \"architecture\": \"$architecture\", \"latents\": 512, \"k\": 16, \"batch\": 512, \"steps\": $length, \"checkpoints\": 30, \"deadWindow\": 20000, \"scaleSamples\": 20000, \"medianSamples\": 4096, \"threads\": 1 }" >"$work/train.json"
  "$program" train --activations "$work/acts" --config "$work/train.json" --run-dir "$work/whole" --out "$work/whole-sae" >/dev/null 2>&1 || fail "$architecture: the whole run"
  kills=0
  while [ $kills -lt 8 ]; do
    "$program" train --activations "$work/acts" --config "$work/train.json" --run-dir "$work/run" --out "$work/sae" --resume >/dev/null 2>&1 &
    pid=$!
    # Not before it has got further than the last one did: a busy machine takes seconds to start.
    newest=$(ls "$work/run/checkpoints" 2>/dev/null | grep -v json | sort -n | tail -1)
    while kill -0 $pid 2>/dev/null && [ "$(ls "$work/run/checkpoints" 2>/dev/null | grep -v json | sort -n | tail -1)" = "${newest:-}" ]; do sleep 0.05; done
    sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 0.6 * r / 32768 }')"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq 137 ] || break
    kills=$((kills + 1))
  done
  [ -d "$work/sae" ] || said=$("$program" train --activations "$work/acts" --config "$work/train.json" --run-dir "$work/run" --out "$work/sae" --resume 2>&1 >/dev/null) || fail "$architecture could not go on: $said"
  resumes=$(grep -c "Resumed from step" "$work/run/log.txt")
  same=yes
  for file in whole/checkpoints/$length/state.safetensors whole/checkpoints/best.json whole-sae/sae_weights.safetensors; do
    other=$(echo "$file" | sed 's/^whole-sae/sae/; s/^whole/run/')
    cmp -s "$work/$file" "$work/$other" || same="$other differs"
  done
  [ "$same" = yes ] && [ "$resumes" -gt 0 ] && pass "$architecture killed $kills times, $resumes times resumed from a checkpoint: every byte of the last state and of the SAE" \
    || fail "$architecture killed $kills times, $resumes times resumed: $same"
done
rm -rf "$work/acts" "$work/whole" "$work/whole-sae" "$work/run" "$work/sae"
