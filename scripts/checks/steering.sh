# Every shipped preset doubles its feature, over 8 seeds; a random direction of the same norm stands beside it.
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --json --preset "$ROOT"/demo/presets/*.json >"$work/steering.json" 2>/dev/null || fail steering
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --preset "$ROOT"/demo/presets/*.json 2>/dev/null
while read -r ratio; do at_least "steered over baseline ×" "$ratio" 2; done < <(awk '/"steered"/ { inside = 1 } inside && /"ratio"/ { gsub(/[",:]/, " "); print $2; inside = 0 }' "$work/steering.json")
echo "  The six features with the largest p99·‖d‖ at strength 2, whatever comes out:"
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --strongest 6 --prompt "Simple melody" 2>/dev/null
