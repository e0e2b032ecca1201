// What a run has said so far, in the order of its steps. A line of metrics.jsonl is either a training point or a measure on held-out clips.
export class RunSeries {
  points = [];      // {step, columns, loss, …, time, drawnAt}
  heldOut = [];     // {step, columns, heldOutLoss, heldOutExplainedVariance, …}
  histograms = [];  // {step, log10From, log10To, counts, silent, columns}

  clear() {
    this.points.length = this.heldOut.length = this.histograms.length = 0;
  }

  // Takes lines in any order and tells which of them are training points. A step that is there already is replaced: a point sent twice
  // stays one point.
  add(lines) {
    const fresh = [];
    for (const line of lines) {
      if (typeof line?.step !== 'number') continue;
      if ('heldOutLoss' in line || 'heldOutExplainedVariance' in line) insert(this.heldOut, line);
      else fresh.push(insert(this.points, { ...line, drawnAt: null }));
    }
    return fresh;
  }

  addHistogram(histogram) {
    if (Array.isArray(histogram?.counts)) insert(this.histograms, histogram);
  }

  // Everything anew, as after a resume, which takes back what lay beyond the step that it goes on from. What was drawn stays drawn.
  reset(lines, histograms) {
    const drawn = new Map(this.points.map(point => [point.line ?? point.step, point.drawnAt]));
    this.clear();
    for (const point of this.add(lines)) point.drawnAt = drawn.get(point.line ?? point.step) ?? null;
    for (const histogram of histograms) this.addHistogram(histogram);
  }

  get last() { return this.points.at(-1) ?? null; }
}

function insert(list, item) {
  let at = list.length;
  while (at > 0 && list[at - 1].step > item.step) at--;
  if (at > 0 && list[at - 1].step === item.step) {
    list[at - 1] = { ...item, drawnAt: list[at - 1].drawnAt ?? item.drawnAt };
    return list[at - 1];
  }
  list.splice(at, 0, item);
  return item;
}

// A line through noisy values: at every x the weighted line through its neighbours (Gaussian weights of width sigma, in x). Unlike a running
// mean it neither lags nor bends away at the ends. Unknown values (null) stay gaps and weigh nothing.
export function smooth(xs, ys, sigma) {
  if (!(sigma > 0)) return ys;
  const reach = 3 * sigma;
  let from = 0;
  return ys.map((y, i) => {
    if (y === null) return null;
    while (xs[i] - xs[from] > reach) from++;
    let w0 = 0, w1 = 0, w2 = 0, y0 = 0, y1 = 0;
    for (let j = from; j < xs.length && xs[j] - xs[i] <= reach; j++) {
      if (ys[j] === null) continue;
      const d = xs[j] - xs[i];
      const w = Math.exp(-.5 * (d / sigma) ** 2);
      w0 += w; w1 += w * d; w2 += w * d * d; y0 += w * ys[j]; y1 += w * d * ys[j];
    }
    const spread = w0 * w2 - w1 * w1;
    return spread > 1e-9 * w0 * w0 * sigma * sigma ? (w2 * y0 - w1 * y1) / spread : y0 / w0;
  });
}
