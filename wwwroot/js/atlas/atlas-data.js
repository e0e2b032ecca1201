// What the site says of every feature of an atlas, as arrays: api/v1/saes/{id}/atlas. All numbers are little-endian, sections follow one another,
// the widest numbers first, so that every one can be viewed in place:
//   "ATLS", version, count, sections (uint32 each; bit 0: concepts, 1: stability, 2: output score)
//   float32 positions [2 · count], p99 [count], output score [count] if measured (NaN: not scored)
//   uint16 density, AUROC and best concept (65535: none), stability, guest rank (0: none), each [count]; shares are of 65535
//   uint8 hue, flags (1 kept, 2 dead, 4 has a voice), each [count]
const VERSION = 1;
const WHOLE = 65535;

export const NONE = 65535;

export function parseAtlas(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 16 || view.getUint32(0) !== 0x41544c53) throw new Error('The site sent no atlas.');
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw new Error(`The atlas has version ${version}; this page reads ${VERSION}. Reload the page.`);
  const count = view.getUint32(8, true),
    sections = view.getUint32(12, true);
  const has = { concepts: (sections & 1) !== 0, stability: (sections & 2) !== 0, score: (sections & 4) !== 0 };
  let at = 16;
  const take = (Kind, length) => {
    if (at + length * Kind.BYTES_PER_ELEMENT > buffer.byteLength) throw new Error('The atlas was cut short. Reload the page.');
    const array = new Kind(buffer, at, length);
    at += array.byteLength;
    return array;
  };
  const positions = take(Float32Array, 2 * count),
    p99 = take(Float32Array, count),
    score = has.score ? take(Float32Array, count) : null,
    density = take(Uint16Array, count),
    auroc = has.concepts ? take(Uint16Array, count) : null,
    concept = has.concepts ? take(Uint16Array, count) : null,
    stability = has.stability ? take(Uint16Array, count) : null,
    guest = take(Uint16Array, count),
    hue = take(Uint8Array, count),
    flags = take(Uint8Array, count);
  has.guests = guest.some(rank => rank > 0);
  return { count, positions, p99, score, density, auroc, concept, stability, guest, hue, flags, has };
}

export const share = value => value / WHOLE;
export const isKept = (atlas, feature) => (atlas.flags[feature] & 1) !== 0;
export const isDead = (atlas, feature) => (atlas.flags[feature] & 2) !== 0;
export const hasVoice = (atlas, feature) => (atlas.flags[feature] & 4) !== 0;

// Labels, suggested labels and concepts: { concepts: [...], labels: { "12": "taiko" }, hints: { … } } as arrays by feature.
export function parseNames({ concepts, labels, hints }, count) {
  const names = { label: new Array(count).fill(null), hint: new Array(count).fill(null), concepts };
  for (const [feature, text] of Object.entries(labels)) if (feature < count) names.label[feature] = text;
  for (const [feature, text] of Object.entries(hints)) if (feature < count) names.hint[feature] = text;
  return names;
}

export const nameOf = (names, feature) => names?.label[feature] ?? names?.hint[feature] ?? `Feature ${feature}`;
