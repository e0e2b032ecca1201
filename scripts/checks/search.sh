# Search by sound: for 100 test clips cut at random, the features that fire are those of the index's activations. Recall and precision, and
# what of the difference is the codec's and what the cut's.
figures="$work/search.txt"
if SAE_FIGURES="$figures" "$ROOT/artifacts/bin/SaeDashboard.Worker.Tests/release/SaeDashboard.Worker.Tests" -noColor -noLogo -method "*.For_a_hundred_clips_the_features_that_fire_are_those_of_the_index" >"$work/search.log" 2>&1; then
  pass "the features that fire in 100 cuts are those of the index"
else
  fail "the features that fire in 100 cuts: $(tail -5 "$work/search.log")"
fi
sed 's/^/  /' "$figures"
