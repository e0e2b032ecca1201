# Long pieces do not fall silent where one window ends and the next begins: of 40 pieces of 30 s of one prompt, few have a rest of more than 0.8 s
# away from their ends. (Whole windows gave 42.5 %; decision 0011.)
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" silences | tee "$work/silences.txt" || fail "silences could not be run"
at_most "pieces of the rock prompt that rest longer, %" "$(sed -n "s/^pieces of the rock prompt that rest longer *\([-0-9.]*\).*/\1/p" "$work/silences.txt")" 10
