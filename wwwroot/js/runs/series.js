// What a run has said so far, in the order of its steps. A line of metrics.jsonl is a training point, a measure on held-out clips, or the evaluation.
export class RunSeries {
  points = []; // {step, columns, loss, …, time, wall, drawnAt}
  heldOut = []; // {step, columns, heldOutLoss, heldOutExplainedVariance, …}
  histograms = []; // {step, log10From, log10To, counts, silent, columns}

  clear() {
    this.points.length = this.heldOut.length = this.histograms.length = 0;
  }

  // Takes lines in any order and tells which of them are training points. A step that is there already is replaced: a point sent twice
  // stays one point.
  add(lines) {
    const fresh = [];
    for (const line of lines) {
      if (typeof line?.step !== 'number') continue;
      // What the evaluation after the last step found is not a point of a curve.
      if ('ceRecovered' in line) continue;
      if ('heldOutLoss' in line || 'heldOutExplainedVariance' in line) insert(this.heldOut, line);
      else fresh.push(insert(this.points, { ...line, drawnAt: null }));
    }
    clock(this.points, this.heldOut);
    return fresh;
  }

  addHistogram(histogram) {
    if (Array.isArray(histogram?.counts)) insert(this.histograms, histogram);
  }

  // Replaces everything, as after a resume, which discards later steps than its first one. Points keep their drawnAt.
  reset(lines, histograms) {
    const drawn = new Map(this.points.map(point => [point.line ?? point.step, point.drawnAt]));
    this.clear();
    for (const point of this.add(lines)) point.drawnAt = drawn.get(point.line ?? point.step) ?? null;
    for (const histogram of histograms) this.addHistogram(histogram);
  }

  get last() {
    return this.points.at(-1) ?? null;
  }
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

// The exponential mean of noisy values, without its bias towards the first: weight 0 to 1 is what a point keeps of the points before it when it
// is as far from the last one as points are on average; over a gap it keeps less. Unknown values (null) stay gaps and weigh nothing.
export function smooth(xs, ys, weight) {
  if (!(weight > 0) || xs.length < 2) return ys;
  const spacing = (xs.at(-1) - xs[0]) / (xs.length - 1) || 1;
  let sum = 0,
    mass = 0,
    last = xs[0];
  return ys.map((y, i) => {
    if (y === null) return null;
    const kept = weight ** ((xs[i] - last) / spacing);
    sum = sum * kept + y;
    mass = mass * kept + 1;
    last = xs[i];
    return sum / mass;
  });
}

// Seconds of work, for every line of a run: its sessions one after the other, without the pauses between. A line's time less the seconds it
// tells is when its session began; where that jumps, another session began.
export function clock(points, heldOut) {
  const lines = [...points, ...heldOut].sort((a, b) => (a.line ?? a.step) - (b.line ?? b.step) || a.step - b.step);
  let began = null,
    offset = 0,
    wall = 0,
    seconds = 0;
  for (const line of lines) {
    if (Number.isFinite(line.seconds)) {
      const start = line.time > 0 ? line.time / 1000 - line.seconds : null;
      const another = start !== null && began !== null ? start - began > 1 : line.seconds < seconds;
      if (another) offset = wall;
      began = start;
      seconds = line.seconds;
      wall = Math.max(wall, offset + seconds);
    } else if (began !== null && line.time > 0) {
      wall = Math.max(wall, offset + line.time / 1000 - began);
    }
    line.wall = wall;
  }
}
