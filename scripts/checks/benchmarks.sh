# Ratios, not seconds: see tests/SaeDashboard.Benchmarks.
"$ROOT/artifacts/net9.0/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" && pass "benchmarks ran" || fail "benchmarks"
