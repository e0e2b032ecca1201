# Long pieces do not fall silent where one window ends and the next begins. The share of pieces with a rest of more than 0.8 s away from the ends
# is compared with that of single windows of the same prompt, which have no seam.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" silences | tee "$work/silences.txt" || fail "silences could not be run"
