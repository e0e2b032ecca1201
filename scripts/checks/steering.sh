# Every shipped preset doubles its feature, over 8 seeds; a random direction of the same norm stands beside it.
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --json --preset "$ROOT"/demo/presets/*.json >"$work/steering.json" 2>/dev/null || fail steering
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --preset "$ROOT"/demo/presets/*.json 2>/dev/null
while read -r name baseline arm random; do
  awk -v b="$baseline" -v a="$arm" 'BEGIN { exit !(a > 0 && a >= 2 * b) }' && pass "$name: summed activation $baseline → $arm (random direction $random)" || fail "$name: $baseline → $arm is not twice as much"
done < <(awk -F'[:,]' '/"trial"/ { name = $2; gsub(/[" ]/, "", name) } /"steered"/ { arm = "steered" } /"random"/ { arm = "random" }
  /"baselineMean"/ && arm == "steered" { b = $2 } /"armMean"/ { if (arm == "steered") a = $2; else print name, b + 0, a + 0, $2 + 0 }' "$work/steering.json")
echo "  The six features with the largest p99·‖d‖ at strength 2, whatever comes out:"
"$worker" steering --model "$model" --sae "$ROOT/demo/sae" --seeds 8 --strongest 6 --prompt "Simple melody" 2>/dev/null
