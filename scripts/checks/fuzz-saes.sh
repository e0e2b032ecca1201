# Altered SAE folders: each loads, or is refused by name, in bounded memory: see tests/SaeDashboard.Sae.Tests/Fuzz. FUZZ_CASES and FUZZ_SEED
# choose others; a case that failed is run again alone with FUZZ_CASES=1 FUZZ_FROM=NUMBER. Ten minutes are enough: more is a hang.
# The managed heap is limited, so that a huge allocation fails even where the machine would grant it.
DOTNET_GCHeapHardLimit=0x40000000 SAE_FUZZ_CASES="${FUZZ_CASES:-2000}" SAE_FUZZ_SEED="${FUZZ_SEED:-1}" SAE_FUZZ_FROM="${FUZZ_FROM:-0}" \
  timeout 600 "$ROOT/artifacts/bin/SaeDashboard.Sae.Tests/release/SaeDashboard.Sae.Tests" -noColor -noLogo -class "*SaeFuzzTests" \
  && pass "altered SAE folders load or are refused by name" || fail "an altered SAE folder ended otherwise"
