# Generation against real time, against the time its bytes take to read, and the memory of loading. Ratios of one run: a machine that is busy
# with something else fails them.
# median FILE NAME: the median of a ratio that is given with its spread
median() { sed -n "/\"$2\": {/,/}/s/.*\"median\": \([-0-9.eE+]*\).*/\1/p" "$1" | head -1; }
"$worker" bench --model "$model" --full-size --temporary "$work" --json >"$work/bench.json" || fail "bench"
grep -vE '[{}]' "$work/bench.json"
at_least "music over real time, sound included" "$(field "$work/bench.json" realTime)" 4
at_least "three arms over real time" "$(field "$work/bench.json" realTimeThreeArms)" 3
at_most "first sound, ms" "$(field "$work/bench.json" firstAudioMilliseconds)" 300
# Of a step of 1 ms: the faster its products, the larger the share of the rest.
at_most "overhead of a small model's step" "$(field "$work/bench.json" overhead)" 0.2
sed -n '/"type": "float32"/,/"type": "bfloat16"/p' "$work/bench.json" >"$work/float32.json"
sed -n '/"type": "bfloat16"/,$p' "$work/bench.json" >"$work/bfloat16.json"
at_least "full size, float32: share of the byte floor" "$(median "$work/float32.json" ofFloor)" 0.6
for type in float32 bfloat16; do
  at_most "full size, $type: memory of loading over the weights" "$(field "$work/$type.json" loadMemory)" 1.15
done
at_least "full size, float32: over transformers" "$(median "$work/float32.json" overTransformers)" 2
at_most "full size, float32: three arms over one, a piece of 10 s" "$(median "$work/float32.json" threeArmsOverOneTenSeconds)" 1.3
# Three arms read their weights once and the keys and values of six lanes: over a whole window 1.3 times one arm's bytes. Their share of the time
# that these bytes take is that of one arm, over how much longer they take, times how many more bytes there are.
share=$(awk -v one="$(median "$work/float32.json" ofFloor)" -v t="$(median "$work/float32.json" threeArmsOverOne)" -v b="$(field "$work/float32.json" threeArmsOverOneFloor)" 'BEGIN { print one * b / t }')
at_least "full size, float32, three arms: share of their byte floor" "$share" 0.6

# goal NAME VALUE RELATION BOUND: what was aimed at and what is reached, whether or not it is.
goal() { awk -v n="$1" -v v="$2" -v r="$3" -v b="$4" 'BEGIN { reached = r == "<=" ? v <= b : v >= b; printf "  goal  %s: %s, aimed at %s %s (%s)\n", n, v, r, b, reached ? "reached" : "missed" }'; }
for type in float32 bfloat16; do
  goal "$type, share of the byte floor" "$(median "$work/$type.json" ofFloor)" ">=" "$([ $type = float32 ] && echo 0.8 || echo 0.75)"
  goal "$type, over transformers" "$(median "$work/$type.json" overTransformers)" ">=" "$([ $type = float32 ] && echo 2 || echo 1.8)"
  goal "$type, three arms over one, 10 s" "$(median "$work/$type.json" threeArmsOverOneTenSeconds)" "<=" 1.25
done
