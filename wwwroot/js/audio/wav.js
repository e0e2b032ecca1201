// Reads WAV files (PCM 16, float 32; plain or extensible) without decodeAudioData, which would resample to the device's rate.
export function parseWav(buffer) {
  const view = new DataView(buffer);
  const tag = at => String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
  if (buffer.byteLength < 44 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw new Error('This is not a WAV file.');
  let format = null;
  for (let at = 12; at + 8 <= buffer.byteLength;) {
    const name = tag(at),
      size = view.getUint32(at + 4, true),
      body = at + 8;
    if (name === 'fmt ') {
      const kind = view.getUint16(body, true);
      format = {
        kind: kind === 0xfffe ? view.getUint16(body + 24, true) : kind,
        channels: view.getUint16(body + 2, true),
        rate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name === 'data') {
      if (!format) throw new Error('The WAV file has samples before its format.');
      return { rate: format.rate, channels: samplesOf(view, body, Math.min(size, buffer.byteLength - body), format) };
    }
    at = body + size + (size & 1);
  }
  throw new Error('The WAV file has no samples.');
}

// One array for each channel, −1 … 1; more than two are mixed to one.
function samplesOf(view, start, bytes, { kind, channels, bits }) {
  const width = bits / 8,
    count = Math.floor(bytes / (width * channels));
  const read =
    kind === 1 && bits === 16 ? at => view.getInt16(at, true) / 32768 : kind === 3 && bits === 32 ? at => view.getFloat32(at, true) : null;
  if (!read) throw new Error(`The WAV file holds ${bits}-bit samples of format ${kind}; 16-bit PCM and 32-bit float are played.`);
  const made = Array.from({ length: channels === 2 ? 2 : 1 }, () => new Float32Array(count));
  for (let i = 0, at = start; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += width) {
      if (channels === 2) made[channel][i] = read(at);
      else sum += read(at);
    }
    if (channels !== 2) made[0][i] = sum / channels;
  }
  return made;
}
