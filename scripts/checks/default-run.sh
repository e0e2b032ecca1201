# The default run from codes to figures, timed stage by stage. The floors are those of a plain PyTorch trainer, a little eased.
begun=$SECONDS
"$worker" collect --model "$model" --dataset "$dataset" --layers 4 --out "$work/acts" --json >"$work/collect.json" 2>/dev/null || fail collect
"$worker" train --activations "$work/acts" --run-dir "$work/run" --out "$work/sae" --json >"$work/train.json" 2>/dev/null || fail train
"$worker" index --sae "$work/sae" --model "$model" --dataset "$dataset" --activations "$work/acts" --json >"$work/index.json" 2>/dev/null || fail index
"$worker" evaluate --sae "$work/sae" --model "$model" --dataset "$dataset" --split select --ce-clips 0 --score-columns 0 --json >"$work/evaluate.json" 2>/dev/null || fail evaluate
total=$((SECONDS - begun))
for stage in collect train index evaluate; do echo "  $stage: $(field "$work/$stage.json" seconds) s"; done
at_most "collect to evaluate, seconds:" "$total" 360
at_least "explained variance on select" "$(field "$work/evaluate.json" explainedVariance)" 0.955
at_least "against the per-column mean" "$(field "$work/evaluate.json" explainedVariancePerColumn)" 0.950
at_most "dead share" "$(field "$work/evaluate.json" deadFraction)" 0.02
at_least "features kept by the filter" "$(field "$work/index.json" kept)" 1200
echo "  L0 $(field "$work/evaluate.json" l0)"
"$worker" evaluate --sae "$work/sae" --model "$model" --dataset "$dataset" --split test 2>/dev/null
rm -rf "$work/acts" "$work/run" "$work/sae"
