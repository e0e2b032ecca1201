# The table of docs/architectures.md: every architecture on the shipped model's layer 4, 4 million columns each, measured on `test` as exported,
# with all baselines. Takes the better part of an hour. TABLE=DIR keeps what it made, and a second start goes on with what is there.
table=${TABLE:-$work/table}
mkdir -p "$table/figures"
sides="$ROOT/scripts/checks/table"
figures="$table/figures"

# make FOLDER ARGUMENTS: what is there already is not made again
make() { [ -e "$1" ] || "$worker" "${@:2}" >/dev/null 2>>"$table/log.txt" || fail "$2 for $1: $(tail -n 1 "$table/log.txt")"; }

# activations MODEL PREFIX
activations() {
  for split in sae-train select test; do make "$table/$2$split" collect --model "$1" --dataset "$dataset" --layers 4 --split $split --out "$table/$2$split"; done
}

# train NAME PREFIX: scripts/checks/table/NAME.json
train() {
  [ -e "$figures/$1.train.json" ] && return
  rm -rf "$table/run-$1" "$table/sae-$1"
  "$worker" train --activations "$table/$2sae-train" --config "$sides/$1.json" --run-dir "$table/run-$1" --out "$table/sae-$1" --json >"$work/$1.train.json" 2>>"$table/log.txt" \
    && mv "$work/$1.train.json" "$figures/$1.train.json"
}

# one NAME MODEL PREFIX: trains, and measures what was exported
one() {
  [ -e "$figures/$1.evaluate.json" ] && return
  train "$1" "$3" || { fail "training $1: $(tail -n 1 "$table/log.txt")"; return; }
  "$worker" evaluate --sae "$table/sae-$1" --model "$2" --dataset "$dataset" --split test --ground-truth --baselines "$table/$3baselines.json" \
    --select-activations "$table/$3select" --test-activations "$table/$3test" --ce-clips 40 --score-columns 0 --json >"$work/one.json" 2>>"$table/log.txt" \
    && mv "$work/one.json" "$figures/$1.evaluate.json" || fail "measuring $1: $(tail -n 1 "$table/log.txt")"
  echo "  $1: L0 $(field "$figures/$1.evaluate.json" l0), explained variance $(field "$figures/$1.evaluate.json" explainedVariance), $(field "$figures/$1.train.json" columnsPerSecond) columns/s"
}

names="topK batchTopK matryoshka jumpRelu gated relu"
wide=$(cd "$sides" && for file in *-wide.json; do [ -e "$file" ] && echo "${file%.json}"; done)
activations "$model" ""
# Those that keep one thread busy for long train beside the others; what fails there is tried again and told below.
(for name in gated relu; do train $name "" || exit; done) &
slow=$!
trap 'pkill -P $slow 2>/dev/null; kill $slow 2>/dev/null; rm -rf "$work"' EXIT
for name in topK batchTopK matryoshka jumpRelu $wide; do one "$name" "$model" ""; done
make "$table/redrawn" redraw --model "$model" --out "$table/redrawn" --seed 1
activations "$table/redrawn" redrawn-
one redrawn-topK "$table/redrawn" redrawn-
wait $slow
trap 'rm -rf "$work"' EXIT
for name in gated relu; do one $name "$model" ""; done
printf '%s\n' $names $wide redrawn-topK >"$figures/order.txt"
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" architecture-table "$figures" "$ROOT/docs/architectures.md" >"$work/concepts.txt" || fail "the table"
sed 's/^/  /' "$work/concepts.txt"

for name in $names; do
  at_least "$name: L0" "$(field "$figures/$name.evaluate.json" l0)" 28.8
  at_most "$name: L0" "$(field "$figures/$name.evaluate.json" l0)" 35.2
done
at_least "topK: explained variance" "$(field "$figures/topK.evaluate.json" explainedVariance)" 0.970
at_most "topK: dead share" "$(field "$figures/topK.evaluate.json" deadFraction)" 0.02
read -r _ _ high middle low < <(grep '^concepts topK ' "$work/concepts.txt")
at_least "topK: concepts by clips at 0.95" "$high" 6
at_least "topK: at 0.9" "$middle" 10
at_least "topK: at 0.8" "$low" 17
