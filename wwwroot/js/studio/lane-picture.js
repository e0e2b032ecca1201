// What a lane of the timeline shows behind its points: the waveform, the feature's trace, the envelope and the recorded moves. Sizes in CSS pixels.
import { levelAt } from './envelope.js';

const PAD = 6; // above and below the envelope, so that its points are whole

export const yOf = (level, height) => PAD + (1 - level) * (height - 2 * PAD);
export const levelOf = (y, height) => 1 - (y - PAD) / (height - 2 * PAD);

// The largest trace value of each bar, 0 … 1 of top. values: by column from 0.
export function traceBars(values, columns, bars, top) {
  const heights = new Float32Array(bars);
  for (let bar = 0; bar < bars; bar++) {
    const from = Math.floor((bar * columns) / bars),
      to = Math.max(from + 1, Math.floor(((bar + 1) * columns) / bars));
    for (let column = from; column < Math.min(to, values.length); column++)
      heights[bar] = Math.max(heights[bar], Math.min(1, values[column] / top));
  }
  return heights;
}

// picture: { columns, points, moves, waves (heights 0 … 1), before, after, top, least, most, position (0 … 1 or null) }; colours: { wave, feature, line, text }.
export function drawLane(pen, width, height, picture, colours) {
  const { columns, points, moves, waves } = picture,
    xOf = column => (column / columns) * width;
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = colours.wave;
  pen.globalAlpha = 0.35;
  const step = width / Math.max(1, waves.length);
  waves.forEach((each, i) => {
    const tall = Math.max(1, each * (height - 2 * PAD));
    pen.fillRect(i * step, (height - tall) / 2, Math.max(1, step - 1), tall);
  });
  // The trace grows from the floor: after the edit filled, before it as a line on top of the bars.
  const bars = Math.max(1, Math.floor(width / 2)),
    after = traceBars(picture.after, columns, bars, picture.top),
    before = traceBars(picture.before, columns, bars, picture.top);
  pen.fillStyle = colours.feature;
  for (let i = 0; i < bars; i++) {
    pen.globalAlpha = 0.45;
    if (after[i] > 0) pen.fillRect((i * width) / bars, height - after[i] * (height - PAD), width / bars, after[i] * (height - PAD));
    pen.globalAlpha = 1;
    if (before[i] > 0) pen.fillRect((i * width) / bars, height - before[i] * (height - PAD), width / bars, 1);
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = colours.text;
  pen.lineWidth = 1.5;
  pen.setLineDash(points.length === 0 ? [4, 4] : []);
  pen.beginPath();
  pen.moveTo(0, yOf(levelAt(points, 0), height));
  for (const { column, level } of points) pen.lineTo(xOf(column), yOf(level, height));
  pen.lineTo(width, yOf(levelAt(points, columns), height));
  pen.stroke();
  // Moves are steps, on the fader's own scale.
  pen.setLineDash([2, 3]);
  pen.strokeStyle = colours.feature;
  pen.beginPath();
  const y = strength => yOf((strength - picture.least) / (picture.most - picture.least), height);
  moves.forEach((move, i) => {
    const at = xOf(move.column);
    pen.moveTo(at, 0);
    pen.lineTo(at, height);
    if (move.muted) return;
    pen.moveTo(at, y(move.strength));
    pen.lineTo(xOf(moves[i + 1]?.column ?? columns), y(move.strength));
  });
  pen.stroke();
  pen.setLineDash([]);
  if (picture.position === null) return;
  pen.fillStyle = colours.text;
  pen.fillRect(Math.min(width - 1.5, picture.position * width), 0, 1.5, height);
}
