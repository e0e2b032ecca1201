// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { Source } from '../../wwwroot/js/audio/source.js';

const made = [];
vi.mock('../../wwwroot/js/audio/contexts.js', () => ({
  contextFor: rate => ({
    context: { currentTime: 0, state: 'running', resume: async () => {}, audioWorklet: {}, sampleRate: rate },
    input: {},
    analyser: {},
    exact: true,
  }),
  level: () => ({ volume: 1, muted: false }),
  setLevel: () => {},
}));
vi.mock('../../wwwroot/js/audio/worklet-output.js', () => ({
  prepareWorklet: async () => {},
  WorkletOutput: class {
    constructor(context, input, sources, options) {
      Object.assign(this, {
        sources,
        ...options,
        play: vi.fn(),
        pause: vi.fn(),
        seek: vi.fn(),
        switch: vi.fn(),
        setMatch: vi.fn(),
        setPreRoll: vi.fn(),
        end: vi.fn(),
      });
      made.push(this);
    }
  },
}));
const { player } = await import('../../wwwroot/js/audio/player.js');

const growing = () => new Source({ rate: 100, length: 800 });
const whole = () => Source.whole({ rate: 100, channels: [new Float32Array(800)] });
const output = () => made.at(-1);

beforeEach(() => {
  player.stop();
  made.length = 0;
});

test('finished arms play at once, and switching keeps the place', async () => {
  await player.playArms({ id: 'take', arms: { A: whole(), C: whole() }, arm: 'C', from: 2 });
  expect(output()).toMatchObject({ arm: 'C', index: 200 });
  expect(output().play).toHaveBeenCalledTimes(1);
  player.switchArm('A');
  player.switchArm('B');
  expect(output().switch.mock.calls).toEqual([['A']]);
  expect(player.state).toMatchObject({ id: 'take', arm: 'A', playing: true, duration: 8 });
});

test('an arm that is chosen while the sounds are on their way is the one that begins', async () => {
  const started = player.playArms({ id: 'take', arms: { A: whole(), C: whole() }, arm: 'C' });
  player.switchArm('B');
  player.switchArm('A');
  expect(player.state.arm).toBe('A');
  await started;
  expect(output()).toMatchObject({ arm: 'A' });
  expect(player.state).toMatchObject({ arm: 'A', playing: true });
});

test('arms that are being made start together when the slower one can last', async () => {
  const arms = { A: growing(), C: growing() };
  await player.playArms({ id: 'take', arms, arm: 'C' });
  expect(player.state).toMatchObject({ playing: false, waiting: true, startsIn: null });
  for (const source of Object.values(arms)) source.speed = 1;
  arms.A.append(0, new Float32Array(100));
  expect(output().play).not.toHaveBeenCalled();
  arms.C.append(0, new Float32Array(20));
  expect(player.state.startsIn).toBeGreaterThan(0);
  arms.C.append(20, new Float32Array(80));
  expect(output().play).toHaveBeenCalledTimes(1);
});

test('sound that ran dry waits and starts again by itself', async () => {
  const source = growing();
  source.speed = 2;
  await player.playArms({ id: 'take', arms: { A: source }, arm: 'A' });
  source.append(0, new Float32Array(100));
  output().report({ index: 100, time: 1, playing: false, starved: true });
  expect(player.state).toMatchObject({ playing: false, waiting: true });
  expect(player.starved).toBe(1);
  source.append(100, new Float32Array(100));
  expect(output().play).toHaveBeenCalledTimes(2);
});

test('seeking ends where the slowest arm ends, and a finished sound begins again at 0', async () => {
  const arms = { A: whole(), C: growing() };
  arms.C.append(0, new Float32Array(300));
  await player.playArms({ id: 'take', arms, arm: 'A' });
  player.seek(7);
  expect(output().seek).toHaveBeenLastCalledWith(300);
  player.seek(-1);
  expect(output().seek).toHaveBeenLastCalledWith(0);
  output().report({ index: 800, time: 8, playing: false, ended: true });
  expect(player.state).toMatchObject({ playing: false, waiting: false, position: 0 });
});

test('a sound that cannot be fetched is an error with words, and toggling tries again', async () => {
  const said = vi.fn();
  document.addEventListener('sae:sound-error', event => said(event.detail));
  vi.stubGlobal('fetch', async () => new Response('{"detail":"The worker is away."}', { status: 503 }));
  await player.play({ id: 'clip', url: 'a.wav' });
  expect(player.state).toMatchObject({ id: 'clip', error: 'The worker is away.', waiting: false });
  expect(said).toHaveBeenCalledWith('The worker is away.');
  const fetched = vi.fn(async () => new Response('', { status: 404 }));
  vi.stubGlobal('fetch', fetched);
  await player.toggle({ id: 'clip', url: 'a.wav' });
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('the sound that is replaced ends, and its late reports change nothing', async () => {
  await player.playArms({ id: 'one', arms: { A: whole() }, arm: 'A' });
  const [first] = made;
  await player.playArms({ id: 'two', arms: { A: whole() }, arm: 'A' });
  expect(first.end).toHaveBeenCalled();
  first.report({ index: 1, time: 1, playing: false, ended: true });
  expect(player.state).toMatchObject({ id: 'two', playing: true });
});

test('a report from before a seek does not take the playhead back', async () => {
  await player.playArms({ id: 'clip', arms: { '': whole() }, arm: '' });
  output().report({ index: 20, time: 0, playing: true });
  player.pause();
  player.seek(4);
  output().report({ index: 25, time: 0, playing: false });
  expect(player.state.position).toBe(4);
  output().report({ index: 400, time: 0, playing: false });
  player.seek(1);
  output().report({ index: 400, time: 0, playing: false });
  expect(player.state.position).toBe(1);
  output().report({ index: 100, time: 0, playing: false });
  // What is reported after that counts again.
  output().report({ index: 130, time: 0, playing: false });
  expect(player.state.position).toBe(1.3);
});

test('equal loudness, the pre-roll, meters, changes and gaps are passed on', async () => {
  await player.playArms({ id: 'preset', arms: { A: whole(), C: whole() }, arm: 'A' });
  expect(output().match).toBe(false);
  player.setMatch(false);
  expect(output().setMatch).not.toHaveBeenCalled();
  player.setMatch(true);
  await player.playArms({ id: 'take', arms: { A: whole(), C: growing() }, arm: 'A', match: true });
  expect(output()).toMatchObject({ match: true, preRoll: 0.06 });
  player.setMatch(false);
  expect(output().setMatch).toHaveBeenLastCalledWith(false);
  expect(player.state.match).toBe(false);
  // Not a time, and one out of range.
  player.setPreRoll(NaN);
  player.setPreRoll(30);
  expect(output().setPreRoll).toHaveBeenLastCalledWith(1);
  const metered = vi.fn(),
    changed = vi.fn();
  const leave = [player.onMeters(metered), player.onChanged(changed)];
  output().report({
    index: 50,
    time: 1,
    playing: true,
    gains: { A: 0, C: -2 },
    meters: { A: { peak: 1, rms: 0.5 } },
    changed: { arm: 'C', sample: 9 },
  });
  for (const each of leave) each();
  output().report({ index: 250, time: 3, playing: false, starved: true, meters: {}, changed: {} });
  expect(metered.mock.calls).toEqual([[{ A: { peak: 1, rms: 0.5 } }]]);
  expect(changed.mock.calls).toEqual([[{ arm: 'C', sample: 9 }]]);
  expect(player.state).toMatchObject({ gains: { A: 0, C: -2 }, underruns: [{ seconds: 2.5 }] });
});
