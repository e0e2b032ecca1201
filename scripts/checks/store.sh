# What people write: writers killed at 200 random moments, LiteDB's file damaged in every way, a disk without room, fsyncs counted, and the
# list of 32,768 labelled features, and a queue of as many. STORE_SEED chooses other moments and bytes.
store="$ROOT/artifacts/bin/SaeDashboard.StorageChecks/release/SaeDashboard.StorageChecks"
seed=${STORE_SEED:-1}

"$store" kills "${STORE_KILLS:-200}" "$seed" && pass "nothing acknowledged is missing after kills" || fail "kills"
"$store" damage 50 "$seed" && pass "a damaged LiteDB file is made from the journal again" || fail "damage"

# A disk without room: a small tmpfs where this user may mount one; else a limit on the size of files, of which every write that goes
# beyond it fails as on a full disk (the signal that would end the process is ignored).
full() {
  local folder="$work/full" answers="$work/answers" pid code kind
  mkdir -p "$folder"
  rm -f "$answers" "$work/full.log"
  mkfifo "$answers"
  if mount -t tmpfs -o size=1m none "$folder" 2>/dev/null; then kind=tmpfs; else kind="a limit on files"; fi
  if [ "$kind" = tmpfs ]; then
    "$store" full "$folder" <"$answers" >"$work/full.log" 2>&1 &
  else
    (trap '' XFSZ; ulimit -S -f 256; exec "$store" full "$folder") <"$answers" >"$work/full.log" 2>&1 &
  fi
  pid=$!
  exec 8>"$answers"
  while kill -0 $pid 2>/dev/null && ! grep -q '^full$' "$work/full.log"; do sleep 0.1; done
  if [ "$kind" = tmpfs ]; then mount -o remount,size=16m "$folder"; else prlimit --pid $pid --fsize=unlimited:unlimited 2>/dev/null; fi
  echo >&8
  exec 8>&-
  wait $pid
  code=$?
  [ "$kind" = tmpfs ] && umount "$folder"
  sed 's/^/  /' "$work/full.log"
  [ $code -eq 0 ] && pass "a full disk ($kind): refused with a message, nothing lost, and it continues when there is room" || fail "a full disk ($kind)"
}
full

# fsync as the program counts it and, where strace is, as the kernel does.
for writers in 1 16; do
  "$store" speed "$work/speed-$writers" $writers 3 && pass "$writers writers: every write has its fsync" || fail "$writers writers"
done
if command -v strace >/dev/null 2>&1; then
  strace -f -c -e trace=fsync,fdatasync -o "$work/strace" "$store" speed "$work/traced" 1 1 >"$work/traced.log"
  kernel=$(awk '$NF == "fsync" { print $4 }' "$work/strace")
  counted=$(sed -n 's/.* \([0-9]*\) fsyncs.*/\1/p' "$work/traced.log")
  # The start syncs the new file and its folder too, and LiteDB its own file.
  [ "${kernel:-0}" -ge "${counted:-1}" ] && pass "strace saw $kernel fsyncs where the program counted $counted" || fail "strace saw ${kernel:-0} fsyncs, the program counted $counted"
fi

"$store" features && pass "32,768 labelled features: filter, facets, sort and page within 20 ms, search within 30 ms (p95)" || fail "the list of features is slow"

"$store" annotations && pass "a queue of 32,768 features, half done by two people: next, an annotation and progress within 20 ms (p95)" || fail "a large queue is slow"
