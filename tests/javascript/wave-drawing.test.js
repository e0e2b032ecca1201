import { expect, test } from 'vitest';
import { barsIn, drawClip, heightOfBars, inkOfBars } from '../../wwwroot/js/features/wave-drawing.js';

let seed = 1;
const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;

function randomClip() {
  const frameRate = [50, 25, 75][random(3)];
  const count = 20 + random(800);
  const frames = [...new Set(Array.from({ length: 1 + random(20) }, () => random(count)))].sort((a, b) => a - b);
  return { duration: count / frameRate, frameRate, frames, values: frames.map(() => (1 + random(999)) / 1000) };
}

test('each bar has the ink of the largest activation that shares time with it', () => {
  const wrong = [];
  for (let round = 0; round < 300; round++) {
    const clip = randomClip();
    const bars = barsIn(60 + random(1600));
    const ink = inkOfBars(clip, bars);
    const perBar = clip.duration / bars;
    for (let bar = 0; bar < bars; bar++) {
      let expected = 0;
      clip.frames.forEach((frame, i) => {
        const end = Math.min((frame + 1) / clip.frameRate, (bar + 1) * perBar);
        const begin = Math.max(frame / clip.frameRate, bar * perBar);
        if (end - begin > 1e-5 * perBar) expected = Math.max(expected, clip.values[i]);
      });
      if (Math.abs(ink[bar] - expected) > 1e-6) wrong.push({ bar, bars, ink: ink[bar], expected, frameRate: clip.frameRate });
    }
  }
  expect(wrong).toEqual([]);
});

test('a click in the middle of silence is drawn in the middle', () => {
  const values = new Array(1200).fill(0);
  values[2 * 300] = -100;
  const heights = heightOfBars({ values }, 200);
  expect(heights[100]).toBe(1);
  expect(heights.filter(height => height > 0)).toHaveLength(1);
});

test('a whisper stays small: heights are relative to at least 12 of 127', () => {
  expect(heightOfBars({ values: [-3, 3] }, 1)[0]).toBeCloseTo(0.25, 6);
});

test('a wave that is still to come does not look like silence', () => {
  const bars = clip => {
    const drawn = [];
    const pen = {
      scale() {},
      clearRect() {},
      fillRect: (x, y, width, height) => drawn.push(height),
      beginPath() {},
      moveTo() {},
      lineTo() {},
      fill() {},
    };
    drawClip({ getContext: () => pen }, { duration: 10, frameRate: 50, frames: [], values: [], seconds: 0, ...clip }, {}, 300, 64);
    return drawn.slice(0, barsIn(300));
  };
  const silent = bars({ peaks: { values: [0, 0, 0, 0] } }),
    coming = bars({ peaksAddress: 'peaks' }),
    withoutSound = bars({});
  expect(Math.max(...silent)).toBe(1);
  expect(Math.min(...coming)).toBeGreaterThan(10);
  expect(withoutSound).toEqual(silent);
});
