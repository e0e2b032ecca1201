# Sound files of every kind that sox and ffmpeg write: read with the length and the level that sox (or, for what sox does not read, ffmpeg) gives
# them, within one sample and 0.1 dB. Then the memory of a codec of MusicGen's full size: ten minutes take no more than ten seconds do.
for program in sox ffmpeg; do
  command -v $program >/dev/null || { fail "$program is missing: apt-get install sox ffmpeg"; return; }
done
sounds="$work/sounds"
mkdir -p "$sounds"
measure="$ROOT/artifacts/bin/SaeDashboard.Benchmarks/release/SaeDashboard.Benchmarks"
quiet_ffmpeg() { ffmpeg -hide_banner -v error -y "$@"; }

# Three sources: a mono one of an odd length, a stereo one, one of six channels.
sox -R -n -r 16000 -c 1 -e floating-point -b 32 "$work/mono.wav" synth 3.10007 sine 440 gain -9 tremolo 3 60 2>/dev/null
sox -R -n -r 44100 -c 2 -e floating-point -b 32 "$work/stereo.wav" synth 2.5 pinknoise synth 2.5 sine mix 330-990 gain -6 2>/dev/null
sox -R -n -r 48000 -c 6 -e floating-point -b 32 "$work/six.wav" synth 1.3 pinknoise gain -8 2>/dev/null
for source in mono stereo six; do
  for kind in "u8 -e unsigned-integer -b 8" "s16 -e signed-integer -b 16" "s24 -e signed-integer -b 24" "s32 -e signed-integer -b 32" "f32 -e floating-point -b 32" \
      "f64 -e floating-point -b 64" "mulaw -e mu-law" "alaw -e a-law"; do
    read -r name options <<<"$kind"
    # shellcheck disable=SC2086
    sox -D "$work/$source.wav" $options "$sounds/sox-$source-$name.wav" 2>/dev/null
    # shellcheck disable=SC2086
    [ $source = six ] || sox -D "$work/$source.wav" $options -B "$sounds/sox-$source-$name-rifx.wav" 2>/dev/null
  done
  sox -D "$work/$source.wav" -e signed-integer -b 16 -t wav - 2>/dev/null >"$sounds/sox-$source-streamed.wav"
  sox -D "$work/$source.wav" -e floating-point -b 32 -t wav - 2>/dev/null >"$sounds/sox-$source-streamed-float.wav"
  for codec in pcm_u8 pcm_s16le pcm_s24le pcm_s32le pcm_f32le pcm_f64le pcm_mulaw pcm_alaw; do
    quiet_ffmpeg -nostdin -i "$work/$source.wav" -c:a $codec "$sounds/ffmpeg-$source-$codec.wav"
  done
  quiet_ffmpeg -nostdin -i "$work/$source.wav" -c:a pcm_s16le -rf64 always "$sounds/ffmpeg-$source-rf64.wav"
  quiet_ffmpeg -nostdin -i "$work/$source.wav" -c:a pcm_s24le -write_bext 1 -metadata description=bext "$sounds/ffmpeg-$source-bwf.wav"
  quiet_ffmpeg -nostdin -i "$work/$source.wav" -c:a pcm_s16le -f wav - >"$sounds/ffmpeg-$source-streamed.wav"
done
for source in mono stereo; do
  sox "$work/$source.wav" -e ms-adpcm "$sounds/sox-$source-msadpcm.wav" 2>/dev/null
  sox "$work/$source.wav" -e ima-adpcm "$sounds/sox-$source-imaadpcm.wav" 2>/dev/null
  quiet_ffmpeg -nostdin -i "$work/$source.wav" -c:a libmp3lame "$sounds/ffmpeg-$source-mp3-in.wav"
  for ending in flac mp3 ogg aiff au w64; do quiet_ffmpeg -nostdin -i "$work/$source.wav" "$sounds/ffmpeg-$source.$ending"; done
done
sox "$work/mono.wav" -r 8000 -e gsm-full-rate "$sounds/sox-gsm.wav" 2>/dev/null

# reference FILE: channels, samples and level as sox reads it; what is read here through ffmpeg, as ffmpeg does, through a pipe as well
reference() {
  local channels raw="$work/raw.f32"
  rm -f "$raw"
  case $1 in
    *adpcm* | *gsm* | *mp3* | *.flac | *.ogg | *.aiff | *.au | *.w64) quiet_ffmpeg -i pipe:0 -f f32le "$raw" <"$1" && channels=$(ffprobe -v error -select_streams a:0 -show_entries stream=channels -of csv=p=0 "$1" | tr -d ',') || return ;;
    # sox 14.4 reads no RF64.
    *rf64*) quiet_ffmpeg -nostdin -i "$1" -f f32le "$raw" && channels=$(ffprobe -v error -select_streams a:0 -show_entries stream=channels -of csv=p=0 "$1" | tr -d ',') || return ;;
    *) sox "$1" -t raw -e floating-point -b 32 "$raw" 2>/dev/null && channels=$(soxi -c "$1" 2>/dev/null) || return ;;
  esac
  echo "$channels $(($(stat -c %s "$raw") / 4 / channels)) $(sox -t raw -e floating-point -b 32 -r 48000 -c "$channels" "$raw" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }')"
}

"$measure" sound-levels "$sounds"/* >"$work/sounds.txt" || fail "sounds could not be measured"
wavs=0 equal=0
while IFS=$'\t' read -r name rate channels samples level; do
  case $name in *.wav) wavs=$((wavs + 1)) ;; esac
  if [ "$rate" = refused ]; then fail "$name: $channels"; continue; fi
  read -r wanted_channels wanted wanted_level < <(reference "$sounds/$name")
  if awk -v a="$samples" -v b="$wanted" -v x="$level" -v y="$wanted_level" 'BEGIN { d = a - b; e = x - y; exit !(d <= 1 && d >= -1 && e <= 0.1 && e >= -0.1) }' && [ "$channels" = "$wanted_channels" ]; then
    equal=$((equal + 1))
  else
    fail "$name: $channels channels, $samples samples, $level dB; reference: $wanted_channels, $wanted, $wanted_level dB"
  fi
done <"$work/sounds.txt"
at_least "WAV files of all kinds" "$wavs" 60
at_least "sound files read with the reference's length and level" "$equal" "$(wc -l <"$work/sounds.txt")"

mkdir -p "$work/codec"
"$measure" codec-memory write "$work/codec" || fail "the codec could not be written"
peak() { sed -n 's/^peak \([0-9]*\) MB$/\1/p'; }
for seconds in 10 600; do
  sox -R -n -r 32000 -c 1 -b 16 "$work/$seconds.wav" synth "$seconds" pinknoise gain -6 2>/dev/null
  eval "encode_$seconds=$("$measure" codec-memory encode "$work/codec" "$work/$seconds.wav" "$work/$seconds.json" | peak)"
  eval "decode_$seconds=$("$measure" codec-memory decode "$work/codec" "$work/$seconds.json" "$work/again.wav" | peak)"
done
echo "  encoding 10 s: ${encode_10:-?} MB, 600 s: ${encode_600:-?} MB; decoding 10 s: ${decode_10:-?} MB, 600 s: ${decode_600:-?} MB"
at_most "peak memory of encoding ten minutes over that of ten seconds" "$(awk -v a="${encode_600:-9}" -v b="${encode_10:-1}" 'BEGIN { printf "%.2f", a / b }')" 1.2
at_most "peak memory of decoding ten minutes over that of ten seconds" "$(awk -v a="${decode_600:-9}" -v b="${decode_10:-1}" 'BEGIN { printf "%.2f", a / b }')" 1.2
