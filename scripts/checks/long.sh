# The tests that take too long for scripts/test.sh: more rounds, lengths and variants of what the others show. INDEX_KILLS is how often a process
# that writes indexes and voices is killed.
. "$ROOT/scripts/lib/tests.sh"
results="$ROOT/artifacts/test-results-long"
rm -rf "$results"
mkdir -p "$results"
for project in $(grep -rlE '"Length", ?"Long"' "$ROOT/tests" --include='*.cs' | sed "s|^$ROOT/tests/||; s|/.*||" | sort -u); do
  run_project "$project" "${ONLY_LONG[@]}"
  read -r p f s bad <"$results/$project.count"
  [ "$bad" -eq 0 ] && [ "$p" -gt 0 ] && pass "$project: $p long tests" || fail "$project: $f of $((p + f)) long tests"
done
