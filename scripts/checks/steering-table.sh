# Which features of the demo's SAE steer, with all controls: 50 sampled features and the 20 with the highest output scores, 8 seeds of each of 4 prompts.
# STEERING_TABLE=quick makes a small one in a few minutes. STEERING_TABLE_DIR keeps the run in a folder, from which it continues when it was stopped.
# STEERING_TABLE_KEEP=1 also writes demo/sae/evaluation/steering.json.
steering_dir=${STEERING_TABLE_DIR:-$work/steering-table}
steering_options=(--sample 50 --top-score 20 --seeds 8)
least=50
if [ "${STEERING_TABLE:-full}" = quick ]; then
  steering_options=(--sample 6 --top-score 2 --seeds 8 --seconds 2 --strength 8 32 --prompt "Simple melody" --prompt "fast rhythm" --tagger-clips 200 --held-out-clips 100 --select-clips 100)
  least=6
fi
[ -n "${STEERING_TABLE_KEEP:-}" ] && steering_options+=(--keep)
if "$worker" evaluate-steering --sae "$ROOT/demo/sae" --model "$model" --dataset "$dataset" --run-dir "$steering_dir" --resume "${steering_options[@]}" >"$work/steering-table.txt"; then
  cat "$work/steering-table.txt"
  at_least "sampled features in the steering table:" "$(field "$steering_dir/steering.json" features)" "$least"
  at_least "the tagger's AUROC on held-out clips:" "$(field "$steering_dir/steering.json" taggerAuroc)" 0.8
  # The goal, of the sample: a half. The figures count, not the sentence: what does not steer is listed with its reason.
  steer=$(awk '/steer above matched random/ { sub(/^.*\): */, ""); print $1 / $3; exit }' "$work/steering-table.txt")
  echo "  of the sampled features $steer steer above matched random (goal 0.5)"
else
  fail "evaluate-steering could not be run"
fi
