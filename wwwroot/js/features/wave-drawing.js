// Draws a clip: the waveform in graphite, a feature's activation inked onto it (opacity .15 + .85 · a/max), and a strip of the same values
// below. Time is the x axis of all three: frame f of the strip is at second f / frameRate of the wave.
const PITCH = 3,
  BAR = 2,
  STRIP = 10,
  GAP = 5,
  NOTCH = 5;

// The largest activation of each bar's stretch of time, 0 … 1. A frame lasts 1 / frameRate, so it can lie in two bars.
export function inkOfBars(clip, bars) {
  const ink = new Float32Array(bars);
  const perBar = clip.duration / bars;
  clip.frames.forEach((frame, i) => {
    const first = Math.max(0, Math.floor(frame / clip.frameRate / perBar + 1e-6));
    const last = Math.min(bars - 1, Math.ceil((frame + 1) / clip.frameRate / perBar - 1e-6) - 1);
    for (let bar = first; bar <= Math.max(first, last) && bar < bars; bar++) ink[bar] = Math.max(ink[bar], clip.values[i]);
  });
  return ink;
}

// The highest |sample| of each bar's stretch of time, 0 … 1 of the clip's own highest (but a whisper stays a whisper).
export function heightOfBars(peaks, bars) {
  const heights = new Float32Array(bars);
  const values = peaks.values,
    pairs = values.length / 2;
  let loudest = 12;
  for (const value of values) loudest = Math.max(loudest, Math.abs(value));
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * pairs) / bars),
      to = Math.max(from + 1, Math.floor(((bar + 1) * pairs) / bars));
    for (let pair = from; pair < to && pair < pairs; pair++)
      heights[bar] = Math.max(heights[bar], Math.abs(values[2 * pair]), Math.abs(values[2 * pair + 1]));
    heights[bar] /= loudest;
  }
  return heights;
}

export function barsIn(width) {
  return Math.max(1, Math.floor(width / PITCH));
}

// A wave that is still to come is a band of even bars: silence is a line of dots.
const COMING = 0.35;

// clip: { duration, frameRate, frames, values, seconds, peaks?, peaksAddress? }; colours: { wave, feature, line }; sizes in CSS pixels.
export function drawClip(canvas, clip, colours, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, height);
  const bars = barsIn(width),
    step = width / bars,
    top = NOTCH,
    wave = height - STRIP - GAP - top,
    middle = top + wave / 2;
  const ink = inkOfBars(clip, bars);
  const heights = clip.peaks ? heightOfBars(clip.peaks, bars) : null;
  const snap = x => Math.round(x * ratio) / ratio;
  for (let bar = 0; bar < bars; bar++) {
    const x = snap(bar * step),
      tall = heights ? Math.max(1, heights[bar] * wave) : clip.peaksAddress ? COMING * wave : 1;
    pen.fillStyle = colours.wave;
    pen.globalAlpha = heights ? 1 : 0.4;
    pen.fillRect(x, middle - tall / 2, BAR, tall);
    if (ink[bar] <= 0) continue;
    pen.fillStyle = colours.feature;
    pen.globalAlpha = 0.15 + 0.85 * ink[bar];
    pen.fillRect(x, middle - tall / 2, BAR, tall);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = colours.line;
  pen.fillRect(0, height - 1, width, 1);
  pen.fillStyle = colours.feature;
  for (let bar = 0; bar < bars; bar++) {
    if (ink[bar] <= 0) continue;
    const tall = Math.max(1, ink[bar] * STRIP);
    pen.globalAlpha = 0.4 + 0.6 * ink[bar];
    pen.fillRect(snap(bar * step), height - tall, BAR, tall);
  }
  pen.globalAlpha = 1;
  if (clip.frames.length === 0) return;
  // A notch over the strongest moment.
  const x = Math.min(width - NOTCH / 2, Math.max(NOTCH / 2, (clip.seconds / clip.duration) * width));
  pen.beginPath();
  pen.moveTo(x - NOTCH / 2, 0);
  pen.lineTo(x + NOTCH / 2, 0);
  pen.lineTo(x, NOTCH - 1);
  pen.fill();
}
