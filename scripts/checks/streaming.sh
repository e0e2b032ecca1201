# Thirty seconds that are decoded while they come cost as much at the end as at the beginning.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" streaming | tee "$work/streaming.txt" || fail "streaming could not be run"
while read -r ratio; do at_most "decoding, last 5 s over first 5 s of 30:" "$ratio" 1.25; done < <(sed -n 's/^decoding .*last 5 s over first 5 s of 30 *\([-0-9.]*\).*/\1/p' "$work/streaming.txt")
