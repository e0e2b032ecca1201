import { expect, test } from 'vitest';
import { parseWav } from '../../wwwroot/js/audio/wav.js';

function wav({ kind = 1, channels = 1, bits = 16, rate = 32000, samples = [0, 0, 0, 0], extra = [] }) {
  const bytes = (samples.length * bits) / 8;
  const view = new DataView(new ArrayBuffer(44 + extra.length + bytes));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint16(34, bits, true);
  extra.forEach((byte, i) => view.setUint8(36 + i, byte));
  const data = 36 + extra.length;
  text(data, 'data');
  view.setUint32(data + 4, bytes, true);
  samples.forEach((sample, i) => {
    if (bits === 16) view.setInt16(data + 8 + 2 * i, sample, true);
    else if (bits === 32) view.setFloat32(data + 8 + 4 * i, sample, true);
  });
  return view.buffer;
}

test('16-bit PCM is scaled to ±1, two channels stay two, and more are averaged', () => {
  const { rate, channels } = parseWav(wav({ channels: 2, samples: [32767, -32768, 16384, 8192] }));
  expect(rate).toBe(32000);
  expect(channels.map(each => [...each])).toEqual([
    [32767 / 32768, 0.5],
    [-1, 0.25],
  ]);
  const mixed = parseWav(wav({ channels: 4, samples: [16384, 16384, 0, -16384, 0, 0, 0, 16384] })).channels;
  expect(mixed.map(each => [...each])).toEqual([[0.125, 0.125]]);
});

test('32-bit float is taken as it is', () => {
  expect([...parseWav(wav({ kind: 3, bits: 32, samples: [0.25, -1] })).channels[0]]).toEqual([0.25, -1]);
});

test('a chunk of odd length before the samples is passed over with its padding', () => {
  const list = [...'LIST'].map(letter => letter.charCodeAt(0));
  expect(parseWav(wav({ samples: [16384, 0], extra: [...list, 3, 0, 0, 0, 1, 2, 3, 0] })).channels[0][0]).toBe(0.5);
});

test('a file cut off in its samples gives those that are there', () => {
  expect(parseWav(wav({ samples: [16384, 16384, 16384, 16384] }).slice(0, 48)).channels[0]).toHaveLength(2);
});

test('what cannot be played is refused with its format', () => {
  expect(() => parseWav(wav({ kind: 1, bits: 24, samples: [] }))).toThrow('24-bit samples of format 1');
  expect(() => parseWav(new TextEncoder().encode('<html>'.repeat(20)).buffer)).toThrow('This is not a WAV file.');
});
