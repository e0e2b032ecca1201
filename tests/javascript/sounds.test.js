import { describe, expect, it } from 'vitest';
import { parseWav } from '../../wwwroot/js/audio/wav.js';
import { framesOf, moved, momentAt, seconds } from '../../wwwroot/js/sounds/span.js';
import { canRecord, wavOf } from '../../wwwroot/js/sounds/recorder.js';
import { inkOfBars } from '../../wwwroot/js/features/wave-drawing.js';

describe('a moment of a sound', () => {
  it('is the frames that it touches, at least one, whichever way it was drawn', () => {
    expect(framesOf(0.04, 0.06, 100, 50)).toEqual({ from: 2, to: 3 });
    expect(framesOf(0.061, 0.039, 100, 50)).toEqual({ from: 1, to: 4 });
    expect(framesOf(0.05, 0.05, 100, 50)).toEqual({ from: 2, to: 3 });
    expect(framesOf(-1, 9, 100, 50)).toEqual({ from: 0, to: 100 });
    expect(framesOf(9, 9, 100, 50)).toEqual({ from: 99, to: 100 });
  });

  it('comes back from its address as the same frames, at any rate', () => {
    for (const rate of [50, 75, 86.1328125])
      for (let from = 0; from < 200; from += 7) {
        const to = from + 3;
        expect(framesOf(Number(seconds(from, rate)) + 0.05 / rate, Number(seconds(to, rate)) - 0.05 / rate, 300, rate)).toEqual({
          from,
          to,
        });
      }
  });

  it('is half a second around a press, within the sound', () => {
    expect(momentAt(1, 100, 50)).toEqual({ from: 37, to: 63 });
    expect(momentAt(0, 100, 50)).toEqual({ from: 0, to: 13 });
    expect(momentAt(2, 100, 50)).toEqual({ from: 87, to: 100 });
  });

  it('is moved by the keys of its ends, which do not cross', () => {
    const span = { from: 10, to: 20 };
    expect(moved('from', 'ArrowLeft', false, span, 100)).toEqual({ from: 9, to: 20 });
    expect(moved('from', 'ArrowRight', true, span, 100)).toEqual({ from: 19, to: 20 });
    expect(moved('to', 'ArrowLeft', true, span, 100)).toEqual({ from: 10, to: 11 });
    expect(moved('to', 'PageUp', false, span, 100)).toEqual({ from: 10, to: 70 });
    expect(moved('to', 'End', false, span, 100)).toEqual({ from: 10, to: 100 });
    expect(moved('from', 'Home', false, span, 100)).toEqual({ from: 0, to: 20 });
    expect(moved('from', 'x', false, span, 100)).toBeNull();
  });
});

describe('ink and sound', () => {
  // A frame is 1 / frameRate long: its bars are those whose stretch of time it overlaps, and no other.
  it('covers the bars of the frame and no other', () => {
    const clip = { duration: 3.2, frameRate: 50, frames: [100], values: [1] };
    for (const bars of [40, 160, 333, 500]) {
      const ink = inkOfBars(clip, bars),
        perBar = clip.duration / bars;
      ink.forEach((value, bar) => {
        const overlaps = bar * perBar < 101 / 50 - 1e-9 && (bar + 1) * perBar > 100 / 50 + 1e-9;
        expect([bars, bar, value > 0]).toEqual([bars, bar, overlaps]);
      });
    }
  });
});

describe('a recording', () => {
  it('is a WAV file of the samples', () => {
    const {
      rate,
      channels: [samples],
    } = parseWav(wavOf([new Float32Array([0, 0.5]), new Float32Array([-1, 2])], 4, 44100));
    expect(rate).toBe(44100);
    expect([...samples].map(value => Math.round(value * 1000) / 1000)).toEqual([0, 0.5, -1, 1]);
  });

  it('is off where the browser withholds the microphone', () => {
    expect(canRecord()).toBe(false);
  });
});
