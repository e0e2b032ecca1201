// What can be drawn of a run: its name in metrics.jsonl, how it is written, and on which axis. Names that are not listed are drawn as they are.
import { count, fixed, mark, value } from './format.js';

// scale: what a value is multiplied with; zero: the y axis begins at 0; ceiling: it ends there at most; canLog: always above 0; heldOut: a
// measure on held-out clips, of which there are few: never smoothed; rings: such a measure of the same thing.
export const curves = [
  { id: 'loss', title: 'Loss', rings: 'heldOutLoss', write: value, zero: true, canLog: true },
  {
    id: 'explained',
    name: 'explainedVariance',
    title: 'Explained variance',
    rings: 'heldOutExplainedVariance',
    write: each => fixed(each, 3),
    ceiling: 1,
  },
  { id: 'heldOutLoss', title: 'Loss, held out', heldOut: true, write: value, zero: true, canLog: true },
  {
    id: 'heldOutExplained',
    name: 'heldOutExplainedVariance',
    title: 'Explained variance, held out',
    heldOut: true,
    write: each => fixed(each, 3),
    ceiling: 1,
  },
  { id: 'dead', name: 'deadShare', title: 'Dead latents', unit: '%', scale: 100, write: each => fixed(each, 2), zero: true, ceiling: 100 },
  { id: 'l0', title: 'L0, latents active in a column', rings: 'heldOutL0', write: each => fixed(each, 1), zero: true, canLog: true },
  {
    id: 'heldOutL0',
    title: 'L0, held out, latents active in a column',
    heldOut: true,
    write: each => fixed(each, 1),
    zero: true,
    canLog: true,
  },
  { id: 'auxLoss', title: 'AuxK loss', write: value, zero: true, canLog: true },
  { id: 'reconstructionLoss', title: 'Reconstruction loss', write: value, zero: true, canLog: true },
  { id: 'gradientNorm', title: 'Gradient norm', write: value, zero: true, canLog: true },
  { id: 'learningRate', title: 'Learning rate', write: value, zero: true, canLog: true },
  { id: 'speed', name: 'tokensPerSecond', title: 'Throughput', unit: 'columns/s', write: count, zero: true },
].map(what => ({ name: what.id, ...what }));

// What lines hold that no curve is made of.
const none = new Set(['line', 'step', 'columns', 'seconds', 'time', 'wall', 'drawnAt', 'heldOutColumns']);

// Those whose names say too little.
const said = {
  fvu: 'Variance unexplained',
  heldOutFvu: 'Variance unexplained, held out',
  waitShare: 'Share of the time spent waiting for columns',
};

// A curve for every number that the runs tell and that is not listed above.
export function unlisted(runs) {
  const known = new Set(curves.map(what => what.name));
  const found = new Map();
  for (const series of runs) {
    for (const [lines, heldOut] of [
      [series.points, false],
      [series.heldOut, true],
    ]) {
      for (const line of [lines[0], lines.at(-1)]) {
        for (const [name, number] of Object.entries(line ?? {})) {
          if (typeof number === 'number' && !none.has(name) && !known.has(name) && !found.has(name))
            found.set(name, { id: name, name, title: said[name] ?? words(name), heldOut, write: value });
        }
      }
    }
  }
  return [...found.values()];
}

// decoderNormMinimum → "Decoder norm minimum".
function words(name) {
  const text = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return text[0].toUpperCase() + text.slice(1);
}

// The x axes. of(line, batch) is the x value of a line of metrics.jsonl.
export const axes = {
  columns: {
    title: 'Columns',
    says: 'Over the columns trained on (the tokens of a language model).',
    of: (line, batch) => line.columns ?? line.step * batch,
    write: x => `${count(x)} columns`,
    mark,
  },
  step: {
    title: 'Steps',
    says: 'Over the steps taken.',
    of: line => line.step,
    write: x => `step ${Math.round(x).toLocaleString('en-US')}`,
    mark,
  },
  wall: {
    title: 'Seconds',
    says: 'Over seconds of training; pauses do not count.',
    of: line => line.wall ?? 0,
    write: x => `${x.toFixed(1)} s`,
    mark: x => `${mark(x)} s`,
  },
};

// Where a whole run ends on an axis; 0 where that is not known before it is there.
export const planned = (axis, steps, batch) => (axis === 'columns' ? batch * steps : axis === 'step' ? steps : 0);

// Where the axis of a run ends. Of one that is not done it is the whole run's: while it works nothing jumps, and a curve that ended early does
// not look complete.
export const endOf = (state, reached, whole) => (state === 'done' ? reached || whole : Math.max(reached, whole));

// The points of a curve: {xs, ys, rings: [[x, y], …]}. Values that were not finite are null: a gap.
export function points(series, what, axis, batch) {
  const of = axes[axis].of,
    scale = what.scale ?? 1;
  const y = (line, name) => (Number.isFinite(line[name]) ? line[name] * scale : null);
  const lines = (what.heldOut ? series.heldOut : series.points).filter(line => what.name in line);
  return {
    xs: lines.map(line => of(line, batch)),
    ys: lines.map(line => y(line, what.name)),
    rings: what.rings
      ? series.heldOut.filter(line => y(line, what.rings) !== null).map(line => [of(line, batch), y(line, what.rings)])
      : [],
  };
}
