# What leaves the site and what comes back: 2,000 presets, WAV files and links that were changed at random, the page file with the network off, a link in another
# browser.
figures="$work/sharing.txt"
: >"$figures"
if SAE_FIGURES="$figures" "$ROOT/artifacts/bin/SaeDashboard.Web.Tests/release/SaeDashboard.Web.Tests" -noColor -noLogo -class "*.TamperedTests" >"$work/sharing.log" 2>&1; then
  pass "tampered presets, WAV files and links do no harm"
else
  fail "tampered files: $(grep -A6 '\[FAIL\]' "$work/sharing.log" || tail -5 "$work/sharing.log")"
fi
if "$ROOT/artifacts/bin/SaeDashboard.EndToEnd.Tests/release/SaeDashboard.EndToEnd.Tests" -noColor -noLogo -class "*.SharingTests" -class "*.PresetTests" >"$work/sharing.log" 2>&1; then
  pass "links and page files sound elsewhere"
else
  fail "links and page files: $(grep -A6 '\[FAIL\]' "$work/sharing.log" || tail -5 "$work/sharing.log")"
fi
sed 's/^/  /' "$figures"
