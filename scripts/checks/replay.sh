# The same request gives the same codes: 40 takes of several lengths, prompts and settings, some continued, made twice alone and once among 8.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" replay | tee "$work/replay.txt" || fail "replay could not be run"
at_least "takes that are equal when made twice, %" "$(sed -n 's/^made twice, equal *\([-0-9.]*\).*/\1/p' "$work/replay.txt")" 100
at_least "takes that are equal alone and among 8, %" "$(sed -n 's/^made alone and among 8, equal *\([-0-9.]*\).*/\1/p' "$work/replay.txt")" 100
