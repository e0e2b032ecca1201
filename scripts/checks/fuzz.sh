# Altered model folders: each loads, or is refused by name, in bounded time and memory: see tests/SaeDashboard.Fuzz. FUZZ_CASES and FUZZ_SEED
# choose others; a case that failed is run again alone with --seed S --only NUMBER.
"$ROOT/artifacts/bin/SaeDashboard.Fuzz/release/SaeDashboard.Fuzz" --cases "${FUZZ_CASES:-2000}" --seed "${FUZZ_SEED:-1}" \
  && pass "altered model folders load or are refused by name" || fail "an altered model folder ended otherwise"
