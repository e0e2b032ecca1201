// A wave as bars of a canvas, drawn from samples that the player has.
const PITCH = 3,
  BAR = 2;

// The largest |sample| of each bar's stretch, in either channel; samples that are not there yet count as silence.
export function barsOf({ data, right, available, length }, bars) {
  const heights = new Float32Array(bars);
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * length) / bars),
      to = Math.min(available, Math.max(from + 1, Math.floor(((bar + 1) * length) / bars)));
    // Every third sample is enough for a bar of some hundred.
    const step = to - from > 300 ? 3 : 1;
    for (let i = from; i < to; i += step) heights[bar] = Math.max(heights[bar], Math.abs(data[i]), right ? Math.abs(right[i]) : 0);
  }
  return heights;
}

// Draws the bars; those before `played` (0 … 1) in the second colour.
export function drawBars(canvas, heights, played, [colour, over]) {
  const { width, height } = canvas.getBoundingClientRect(),
    ratio = globalThis.devicePixelRatio || 1;
  if (width < 1) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const loudest = Math.max(0.05, ...heights),
    step = width / heights.length;
  heights.forEach((value, bar) => {
    const tall = Math.max(1, (value / loudest) * height);
    pen.fillStyle = (bar + 0.5) / heights.length <= played ? over : colour;
    pen.fillRect(bar * step, (height - tall) / 2, BAR, tall);
  });
}

export const barsIn = width => Math.max(1, Math.floor(width / PITCH));
