# Training steps of 4096 columns at width 1024, 32,768 latents: the sparse engine over autograd, and over what the machine leaves possible.
# Ratios of one run: a machine that is busy with something else fails them. Takes some minutes, most of them autograd's.
"$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks" trainer-speed-topk trainer-speed-batchtopk trainer-speed-jumprelu >"$work/trainer.txt" || fail "trainer-speed"
cat "$work/trainer.txt"
trainer() { sed -n "s/^$1  *\([0-9.]*\) .*/\1/p" "$work/trainer.txt"; }
trainer_floor() { at_least "$1" "$(trainer "$1")" "$2"; }
trainer_floor "TopK sparse over autograd" 6
trainer_floor "TopK autograd of its floor" 0.5
trainer_floor "TopK sparse of its floor" 0.6
trainer_floor "TopK sparse over sparsify, scaled" 1.7
trainer_floor "BatchTopK sparse over autograd" 4
trainer_floor "JumpRelu sparse over autograd" 4
# Only where the processor multiplies bfloat16.
if grep -qE 'avx512_bf16|amx_bf16' /proc/cpuinfo 2>/dev/null; then
  trainer_floor "TopK bfloat16 candidates over autograd" 10
  trainer_floor "TopK bfloat16 candidates over sparsify, scaled" 3.5
fi
