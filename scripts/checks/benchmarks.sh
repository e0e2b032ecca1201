# Ratios, not seconds: see tests/SaeDashboard.Benchmarks.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" && pass "benchmarks ran" || fail "benchmarks"
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" activation-reader --json >"$work/reader.jsonl" || fail "activation-reader"
figure() { sed -n "s/.*\"name\":\"$2\",\"value\":\([-0-9.eE+]*\).*/\1/p" "$1"; }
for width in 256 1024; do
  for type in Float32 Float16 BFloat16; do
    at_least "store's reader alone, $type, width $width, GB/s:" "$(figure "$work/reader.jsonl" "reader alone, $type, width $width")" 1
  done
done
at_most "trainer waits for columns, % of its time:" "$(figure "$work/reader.jsonl" "trainer waits for columns, share of its time")" 2
