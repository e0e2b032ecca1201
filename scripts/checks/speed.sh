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
echo "  full size, bfloat16: share of the byte floor $(median "$work/bfloat16.json" ofFloor), over transformers $(median "$work/bfloat16.json" overTransformers)"
for type in float32 bfloat16; do
  at_most "full size, $type: memory of loading over the weights" "$(field "$work/$type.json" loadMemory)" 1.15
done
at_least "full size, float32: over transformers" "$(median "$work/float32.json" overTransformers)" 2
at_most "full size, float32: three arms over one, a piece of 10 s" "$(median "$work/float32.json" threeArmsOverOneTenSeconds)" 1.3
# The keys and values of six lanes alone make the bytes 1.3 times as many over a whole window.
three=$(median "$work/float32.json" threeArmsOverOne) bytes=$(field "$work/float32.json" threeArmsOverOneFloor)
at_most "full size, float32: three arms over one, over the same of their bytes" "$(awk -v t="$three" -v b="$bytes" 'BEGIN { print t / b }')" 1.1
