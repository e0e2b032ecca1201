# Where one window of a long piece ends and the next begins, level and spectrum change no more than elsewhere in the piece. A rank is 0.5 on
# average where a seam is a place like any other; the mean of 12 has a standard deviation of 0.083, and three of them are allowed.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" seams | tee "$work/seams.txt" || fail "seams could not be run"
at_most "rank of the level steps at seams" "$(sed -n "s/^rank of the seams' level steps, mean *\([-0-9.]*\).*/\1/p" "$work/seams.txt")" 0.75
at_most "rank of the spectral distances at seams" "$(sed -n "s/^rank of the seams' spectral distances, mean *\([-0-9.]*\).*/\1/p" "$work/seams.txt")" 0.75
