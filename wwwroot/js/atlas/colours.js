// The colour of every point and what the colours mean. Colours come from the page's tokens: hue only where it says what a feature is, a ramp of
// greys where it says how much.
import { NONE, isKept, share } from './atlas-data.js';

const HUES = 24,
  MOST_CONCEPTS = 8;

// A CSS colour as [red, green, blue], 0 … 255, whatever notation it is in.
export function readColour(css, pen = probe()) {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = css;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

let probing = null;
function probe() {
  probing ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  return probing;
}

// The theme's colours, read once a theme.
export function palette(element) {
  const style = getComputedStyle(element),
    token = name => style.getPropertyValue(name).trim();
  const hue = degrees => readColour(`oklch(${token('--feature-light')} ${token('--feature-chroma')} ${degrees})`);
  return {
    hues: Array.from({ length: HUES }, (_, step) => hue((step * 360) / HUES)),
    set: Array.from({ length: MOST_CONCEPTS }, (_, run) => readColour(token(`--run-${run + 1}`))),
    low: readColour(token('--line')),
    high: readColour(token('--text')),
    edge: readColour(token('--edge')),
    text: token('--text'),
    muted: token('--muted'),
    background: token('--bg'),
    focus: token('--focus'),
  };
}

const percent = value => `${value < 0.1 ? (100 * value).toFixed(1) : Math.round(100 * value)} %`;
const plain = value => (value === 0 ? '0' : value.toPrecision(2).replace(/\.?0+$/, ''));

// The ways to colour a map, in the order of the choice. value: a number for each feature, NaN where there is none; log: a ramp over its logarithm.
export const modes = {
  hue: { label: 'Hue of the decoder direction' },
  concept: { label: 'Best concept', needs: 'concepts' },
  auroc: {
    label: 'AUROC of the best concept',
    needs: 'concepts',
    value: (atlas, i) => (atlas.concept[i] === NONE ? NaN : share(atlas.auroc[i])),
    say: value => value.toFixed(2),
  },
  score: { label: 'Output score, nats per code', needs: 'score', value: (atlas, i) => atlas.score[i], log: true, say: plain },
  stability: {
    label: 'Stability across seeds',
    needs: 'stability',
    value: (atlas, i) => share(atlas.stability[i]),
    say: value => value.toFixed(2),
  },
  density: { label: 'Fires in, % of clips', value: (atlas, i) => share(atlas.density[i]), log: true, say: percent },
  labelled: { label: 'Labelled or not' },
  guests: { label: 'Mystery guests, in their hue', needs: 'guests' },
};

export const isOffered = (mode, atlas) => !modes[mode].needs || atlas.has[modes[mode].needs];

// { colours: Uint8Array [3 · count], legend: [{ colour, text, mark? }] or { ramp: [low, high], from, to }, groupOf? }.
export function paint(mode, atlas, names, colours) {
  const out = new Uint8Array(3 * atlas.count);
  const set = (feature, colour) => out.set(colour, 3 * feature);
  if (mode === 'concept') return byConcept(atlas, names, colours, out, set);
  if (mode === 'labelled') {
    let labelled = 0;
    for (let feature = 0; feature < atlas.count; feature++) {
      const has = names?.label[feature] != null;
      if (has) labelled++;
      set(feature, has ? colours.high : colours.edge);
    }
    return {
      colours: out,
      legend: [
        { colour: colours.high, text: `labelled (${labelled})` },
        { colour: colours.edge, text: 'unlabelled' },
      ],
    };
  }
  if (mode === 'guests') {
    const guests = atlas.guest.reduce((sum, rank) => sum + (rank > 0), 0);
    for (let feature = 0; feature < atlas.count; feature++)
      set(feature, atlas.guest[feature] > 0 ? colours.hues[atlas.hue[feature] % HUES] : colours.low);
    return { colours: out, legend: [{ colour: colours.low, text: `not one of the ${guests}` }] };
  }
  const { value, log, say } = modes[mode] ?? {};
  if (!value) {
    for (let feature = 0; feature < atlas.count; feature++) set(feature, colours.hues[atlas.hue[feature] % HUES]);
    return { colours: out, legend: { hues: colours.hues } };
  }
  const known = [];
  for (let feature = 0; feature < atlas.count; feature++) {
    const number = value(atlas, feature);
    if (Number.isFinite(number) && (!log || number > 0) && isKept(atlas, feature)) known.push(number);
  }
  known.sort((a, b) => a - b);
  // The ramp is not stretched by the few extremes.
  const at = part => known[Math.min(known.length - 1, Math.floor(part * known.length))] ?? 0,
    [low, high] = [at(0.01), at(0.99)],
    of = log ? Math.log : number => number;
  for (let feature = 0; feature < atlas.count; feature++) {
    const number = value(atlas, feature);
    const part = Number.isFinite(number) && high > low && (!log || number > 0) ? (of(number) - of(low)) / (of(high) - of(low)) : 0;
    set(feature, blend(colours.low, colours.high, 0.25 + 0.75 * Math.min(1, Math.max(0, part))));
  }
  return { colours: out, legend: { ramp: [blend(colours.low, colours.high, 0.25), colours.high], from: say(low), to: say(high) } };
}

function byConcept(atlas, names, colours, out, set) {
  const counts = new Map();
  for (let feature = 0; feature < atlas.count; feature++)
    if (isKept(atlas, feature) && atlas.concept[feature] !== NONE)
      counts.set(atlas.concept[feature], (counts.get(atlas.concept[feature]) ?? 0) + 1);
  // The most frequent have a colour each; equal counts by their order in the dataset.
  const shown = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_CONCEPTS);
  const place = new Map(shown.map(([concept], i) => [concept, i]));
  for (let feature = 0; feature < atlas.count; feature++) set(feature, colours.set[place.get(atlas.concept[feature])] ?? colours.edge);
  const others = counts.size - shown.length;
  return {
    colours: out,
    legend: [
      ...shown.map(([concept, count], i) => ({ colour: colours.set[i], text: `${names?.concepts[concept] ?? concept} (${count})` })),
      ...(others > 0 ? [{ colour: colours.edge, text: `${others} other concepts, or none` }] : []),
    ],
  };
}

const blend = (from, to, part) => from.map((value, i) => Math.round(value + part * (to[i] - value)));
