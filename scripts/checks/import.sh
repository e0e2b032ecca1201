# A folder of 200 mixed sounds, made by sox and ffmpeg, becomes a dataset: lengths and levels as ffmpeg measures them, every refused file with its
# reason, and the same dataset after ten kills.
for program in sox ffmpeg ffprobe; do
  command -v $program >/dev/null || { fail "$program is missing: apt-get install sox ffmpeg"; return; }
done
sounds="$work/import"
mkdir -p "$sounds/albums"
quiet() { ffmpeg -hide_banner -v error -nostdin -y "$@"; }

# source N SECONDS RATE CHANNELS: noise with a tone, another level for each
source_sound() { sox -R -n -r "$3" -c "$4" -e floating-point -b 32 "$work/source.wav" synth "$2" pinknoise synth "$2" sine mix $((200 + 7 * $1)) gain -$((4 + $1 % 20)) 2>/dev/null; }
echo "file_name,caption,album" >"$sounds/metadata.csv"
for n in $(seq 0 189); do
  seconds=$(awk -v n="$n" 'BEGIN { printf "%.3f", 1.2 + n * 0.0371 }')
  name="albums/sound $n"
  case $((n % 9)) in
    0) source_sound "$n" "$seconds" 44100 2; quiet -i "$work/source.wav" -c:a pcm_s24le "$sounds/$name.wav"; ending=wav ;;
    1) source_sound "$n" "$seconds" 48000 2; sox -D "$work/source.wav" -b 32 -e signed-integer "$sounds/$name.wav" 2>/dev/null; ending=wav ;;
    2) source_sound "$n" "$seconds" 48000 2; quiet -i "$work/source.wav" "$sounds/$name.flac"; ending=flac ;;
    3) source_sound "$n" "$seconds" 44100 1; quiet -i "$work/source.wav" -b:a 192k "$sounds/$name.mp3"; ending=mp3 ;;
    4) source_sound "$n" "$seconds" 32000 1; quiet -i "$work/source.wav" -c:a libvorbis -q:a 6 "$sounds/$name.ogg"; ending=ogg ;;
    5) source_sound "$n" "$seconds" 16000 1; cp "$work/source.wav" "$sounds/$name.wav"; ending=wav ;;
    6) source_sound "$n" "$seconds" 96000 6; quiet -i "$work/source.wav" -c:a pcm_s24le "$sounds/$name.wav"; ending=wav ;;
    7) source_sound "$n" "$seconds" 22050 1; sox "$work/source.wav" -e mu-law "$sounds/$name.wav" 2>/dev/null; ending=wav ;;
    8) source_sound "$n" "$seconds" 44100 2; quiet -i "$work/source.wav" -ar 44100 "$sounds/$name.aiff"; ending=aiff ;;
  esac
  echo "$name.$ending,\"sound $n, of kind $((n % 9))\",album $((n / 10))" >>"$sounds/metadata.csv"
done
# Ten that are refused.
cut_short() { head -c "$(($(stat -c %s "$1") * 6 / 10))" "$1" >"$2"; }
cut_short "$sounds/albums/sound 0.wav" "$sounds/cut.wav"
cut_short "$sounds/albums/sound 2.flac" "$sounds/cut.flac"
cut_short "$sounds/albums/sound 3.mp3" "$sounds/cut.mp3"
cut_short "$sounds/albums/sound 4.ogg" "$sounds/cut.ogg"
echo "This is a text." >"$sounds/text.wav"
head -c 5000 /dev/urandom >"$sounds/noise.mp3"
sox -R -n -r 16000 -c 1 -b 16 "$sounds/short.wav" synth 0.5 sine 440 2>/dev/null
cp "$sounds/short.wav" "$sounds/unnamed.wav"
echo "a picture" >"$sounds/cover.jpg"
for name in cut.wav cut.flac cut.mp3 cut.ogg text.wav noise.mp3 short.wav gone.wav; do echo "$name,refused,none" >>"$sounds/metadata.csv"; done
echo "a row" >>"$sounds/metadata.csv"

import() { "$worker" import-dataset --folder "$sounds" --model "$model" --out "$1" --seconds 4 --group-column album --json; }
began=$(date +%s.%N)
import "$work/imported" >"$work/import.json" || fail "the folder could not be imported"
echo "  $(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f", b - a }') s for $(find "$sounds" -type f | wc -l) files, $(wc -l <"$work/imported/metadata.jsonl") clips"
at_least "files imported" "$(field "$work/import.json" files)" 190

# The refused ones, with their reasons.
wanted="(row):unreadableRow cover.jpg:otherFile cut.flac:truncated cut.mp3:truncated cut.ogg:truncated cut.wav:truncated gone.wav:rowWithoutFile noise.mp3:notAudio short.wav:tooShort text.wav:notAudio unnamed.wav:fileWithoutCaption"
found=$(sed -E 's/.*"file": ?(null|"([^"]*)").*"reason": ?"([^"]*)".*/\2:\3/; s/^:/(row):/' "$work/imported/refused.jsonl" | sort | tr '\n' ' ')
[ "$(tr ' ' '\n' <<<"$wanted" | sort | tr '\n' ' ')" = "$found" ] && pass "11 refused files and rows, each with its reason" || fail "refused: $found; wanted: $wanted"

# Lengths: the sum of a file's clips and what is left out is less than the shortest clip. Levels: as ffmpeg measures the resampled, mixed sound.
lines=0 equal=0
while IFS=$'\t' read -r file start seconds level; do
  lines=$((lines + 1))
  path="$sounds/$file"
  channels=$(ffprobe -v error -select_streams a:0 -show_entries stream=channels -of csv=p=0 "$path" | tr -d ',')
  mix=$(awk -v n="$channels" 'BEGIN { printf "pan=mono|c0="; for (i = 0; i < n; i++) printf "%s%.6f*c%d", (i ? "+" : ""), 1 / n, i }')
  measured=$(ffmpeg -hide_banner -nostdin -i "$path" -af "$mix,aresample=16000:filter_size=128:phase_shift=12,atrim=start=$start:duration=$seconds,astats=measure_perchannel=none" -f null - 2>&1 |
    awk '/RMS level dB/ { level = $NF } /Number of samples/ { count = $NF } END { print level, count }')
  if awk -v l="$level" -v s="$seconds" -v m="$measured" 'BEGIN { split(m, a, " "); d = l - a[1]; e = s * 16000 - a[2]; exit !(d <= 0.1 && d >= -0.1 && e <= 40 && e >= -40) }'; then equal=$((equal + 1)); else echo "  $file at $start s: $level dB over $seconds s; ffmpeg: $measured"; fi
done < <(sed -E 's/.*"seconds": ?([^,]*), ?"source": ?"([^"]*)", ?"start": ?([^,]*), ?"levelDb": ?([^,}]*).*/\2\t\3\t\1\t\4/' "$work/imported/metadata.jsonl")
at_least "clips" "$lines" 190
at_least "clips with the length and the level that ffmpeg measures" "$equal" "$lines"

# No album in two splits.
doubled=$(sed -E 's/.*"split": ?"([^"]*)".*"group": ?"([^"]*)".*/\2\t\1/' "$work/imported/metadata.jsonl" | sort -u | cut -f1 | uniq -d | wc -l)
at_most "albums in two splits" "$doubled" 0

# Killed ten times, it is the same.
kills=0
while [ ! -d "$work/killed" ] && [ $kills -lt 60 ]; do
  import "$work/killed" >/dev/null 2>&1 &
  child=$!
  if [ $kills -lt 10 ]; then
    sleep "$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 1 + r / 32768 * 4 }')"
    pkill -9 -P $child 2>/dev/null
    kill -9 $child 2>/dev/null && kills=$((kills + 1))
  fi
  wait $child 2>/dev/null
done
cmp -s "$work/imported/codes.safetensors" "$work/killed/codes.safetensors" && cmp -s "$work/imported/metadata.jsonl" "$work/killed/metadata.jsonl" && pass "the same dataset after $kills kills" || fail "another dataset after $kills kills"
