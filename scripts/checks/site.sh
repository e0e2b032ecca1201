# The site as a newcomer meets it: two starts, the walk with its seconds judged, and an end that leaves nothing behind.
data="$work/site" said="$work/site.log" address=""

# start_site NAME CEILING: scripts/run.sh until it is ready
start_site() {
  local begun=$SECONDS
  # In a process group of its own that hears Ctrl+C: what a script puts in the background otherwise ignores SIGINT, as does a script that
  # was put there itself, which only "env" can take back.
  set -m
  env --default-signal=INT "$ROOT/scripts/run.sh" --port 0 --data "$data" >"$said" 2>&1 &
  site=$!
  set +m
  address=""
  while [ $((SECONDS - begun)) -lt 300 ]; do
    address=$(sed -n 's/.* is at \(http:[^ ]*\).*/\1/p' "$said" | head -1)
    [ -n "$address" ] && curl -fs "$address/health/ready" >/dev/null && break
    sleep 0.2
  done
  at_most "$1, seconds until /health/ready answers:" $((SECONDS - begun)) "$2"
}

# end_site: Ctrl+C, as in a terminal
end_site() {
  kill -INT -- "-$site" 2>/dev/null
  wait "$site"
  local code=$?
  [ "$code" -eq 0 ] && pass "Ctrl+C ended the site in order" || fail "the site ended with code $code"
  pgrep -f "SaeDashboard.Worker serve .*$data" >/dev/null && fail "a serve is left behind" || pass "no serve is left behind"
}

start_site "first start" 240
end_site
start_site "second start" 10
end_site

export SAE_STRICT=1 SAE_FIGURES="$work/figures"
if "$ROOT/artifacts/bin/SaeDashboard.EndToEnd.Tests/release/SaeDashboard.EndToEnd.Tests" -noColor -noLogo >"$work/walk.log" 2>&1; then
  pass "the walk, the pages and the restarts"
else
  fail "the walk: $(grep -c '\[FAIL\]' "$work/walk.log") failed"
  grep -A4 '\[FAIL\]' "$work/walk.log"
fi
unset SAE_STRICT SAE_FIGURES
sed 's/^/  /' "$work/figures"
