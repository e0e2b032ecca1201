// The waveform of a take as bars, for pictures in which it is the background: of the sound that came, or of the server's peaks.
const peaksOf = new Map(); // by take and arm; lanes of a take share them

// { heights(count, seconds): the loudest sample of each bar, 0 … 1 of the loudest } of the steered arm, or the only one; changed() when there is more.
// live: it is being made, and has no peaks yet.
export function waveBars(session, live, changed) {
  const arm = session.arms.includes('C') ? 'C' : session.arms.at(-1),
    key = `${session.take}/${arm}`;
  let kept = null;
  if (!live && !session.followed && !peaksOf.has(key)) {
    const asked = fetch(`api/v1/takes/${key}/peaks`)
      .then(answer => (answer.ok ? answer.json() : null))
      .catch(() => null);
    peaksOf.set(key, asked);
    if (peaksOf.size > 16) peaksOf.delete(peaksOf.keys().next().value);
  }
  let peaks = null;
  void peaksOf.get(key)?.then(found => {
    // Of a take that is still made there are none yet: the next lane asks again.
    if (!found) peaksOf.delete(key);
    peaks = found;
    changed();
  });
  return {
    heights(count, seconds) {
      const source = session.sources[arm],
        mark = source ? source.available : peaks ? -1 : 0;
      if (kept?.count === count && kept.seconds === seconds && kept.mark === mark) return kept.heights;
      const heights = source ? ofSource(source, count, seconds) : peaks ? ofPeaks(peaks, count, seconds) : new Float32Array(0),
        top = heights.reduce((most, each) => Math.max(most, each), 0.05);
      kept = { count, seconds, mark, heights: heights.map(each => each / top) };
      return kept.heights;
    },
  };
}

function ofSource(source, count, seconds) {
  const width = (seconds * source.rate) / count,
    // A bar is looked at in at most 200 places: it is a picture behind another.
    step = Math.max(1, Math.floor(width / 200));
  return Float32Array.from({ length: count }, (_, i) => {
    let most = 0;
    for (let at = Math.floor(i * width); at < Math.min(source.available, (i + 1) * width); at += step)
      most = Math.max(most, source.size(at));
    return most;
  });
}

function ofPeaks(peaks, count, seconds) {
  const pairs = peaks.values.length / 2,
    width = (pairs * seconds) / (peaks.seconds * count);
  return Float32Array.from({ length: count }, (_, i) => {
    let most = 0;
    for (let pair = Math.floor(i * width); pair < Math.min(pairs, Math.max(i * width + 1, (i + 1) * width)); pair++)
      most = Math.max(most, -peaks.values[2 * pair] / 127, peaks.values[2 * pair + 1] / 127);
    return most;
  });
}
