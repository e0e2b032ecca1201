// The settings that a downloaded WAV file of a take carries in its chunk "saed" (docs/takes.md). The samples are never read: of a long file only the
// heads of its chunks are.
const CHUNK = 'saed',
  MOST_CHUNKS = 1024,
  MOST_BYTES = 1024 * 1024;

const tag = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map(place => view.getUint8(at + place)));

// A WAV file that holds that chunk alone, to be sent to the site, which checks it; null: it carries none, or is not a WAV file.
export async function settingsIn(file) {
  const riff = new DataView(await file.slice(0, 12).arrayBuffer());
  if (riff.byteLength < 12 || tag(riff, 0) !== 'RIFF' || tag(riff, 8) !== 'WAVE') return null;
  for (let at = 12, chunk = 0; chunk < MOST_CHUNKS && at + 8 <= file.size; chunk++) {
    const head = new DataView(await file.slice(at, at + 8).arrayBuffer()),
      size = head.getUint32(4, true);
    if (tag(head, 0) === CHUNK)
      return size <= MOST_BYTES ? new Blob([file.slice(0, 12), file.slice(at, at + 8 + size)], { type: 'audio/wav' }) : null;
    at += 8 + size + (size & 1);
  }
  return null;
}
