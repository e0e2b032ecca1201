import { describe, expect, it } from 'vitest';
import { settingsIn } from '../../wwwroot/js/audio/wav-settings.js';

const u32 = value => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const chunk = (name, content, size = content.length) => [
  ...Buffer.from(name),
  ...u32(size),
  ...content,
  ...(content.length & 1 ? [0] : []),
];
const wav = (...chunks) => new Blob([new Uint8Array([...Buffer.from('RIFF'), ...u32(4), ...Buffer.from('WAVE'), ...chunks.flat()])]);
const bytes = async blob => [...new Uint8Array(await blob.arrayBuffer())];

describe('settingsIn', () => {
  it('takes the chunk out, wherever it is', async () => {
    const sheet = [...Buffer.from('{"a":1}')];
    for (const file of [
      wav(chunk('fmt ', [1, 2]), chunk('data', [1, 2, 3]), chunk('saed', sheet)),
      wav(chunk('saed', sheet), chunk('data', [1])),
    ]) {
      const small = await settingsIn(file);
      expect((await bytes(small)).slice(12)).toEqual([...Buffer.from('saed'), ...u32(sheet.length), ...sheet]);
    }
  });

  it.each([
    ['no chunk', wav(chunk('data', [1, 2]))],
    ['a size beyond the limit', wav(chunk('saed', [1], 2 ** 31))],
    ['another kind of file', new Blob(['{"schemaVersion":1}'])],
    ['an empty file', new Blob([])],
    ['nothing but chunks', wav(...Array.from({ length: 3000 }, () => chunk('junk', [])))],
  ])('finds nothing in %s', async (_, file) => expect(await settingsIn(file)).toBeNull());
});
