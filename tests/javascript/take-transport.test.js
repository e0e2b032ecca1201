// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

let state, setPreRoll, tell;

vi.mock('../../wwwroot/js/audio/player.js', () => ({
  player: {
    get state() {
      return state;
    },
    setPreRoll: seconds => setPreRoll(seconds),
    subscribe: listener => {
      tell = listener;
      return () => {};
    },
  },
}));
vi.mock('../../wwwroot/js/studio/listen.js', () => ({ listen: () => ({ stop() {} }), hear: () => {} }));

beforeEach(() => {
  document.body.replaceChildren();
  setPreRoll = vi.fn();
  state = { id: 'take:take-1', playing: true, position: 2, duration: 10, gains: {}, underruns: [], match: true, preRoll: 0.06 };
});

async function transport(attributes) {
  await import('../../wwwroot/js/studio/take-transport.js');
  const element = document.createElement('take-transport');
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

test('a live take shows its pre-roll, which a person sets, and how often and where it ran dry', async () => {
  const element = await transport({ take: 'take-1', arms: 'A,C', live: '', lead: '0.3' });
  const select = element.querySelector('.pre-roll select'),
    dry = element.querySelector('.dry');
  expect(element.querySelector('.pre-roll').hidden).toBe(false);
  expect([...select.options].map(option => option.textContent)).toEqual(['20 ms', '60 ms', '100 ms', '200 ms', '400 ms', '1000 ms']);
  expect(select.value).toBe('0.06');
  select.value = '0.2';
  select.dispatchEvent(new Event('change'));
  expect(setPreRoll).toHaveBeenCalledWith(0.2);
  expect(dry.hidden).toBe(true);
  state.underruns = [{ seconds: 1.5 }, { seconds: 2 }];
  tell();
  expect(dry.hidden).toBe(false);
  expect(dry.textContent).toBe('ran dry 2 ×');
  expect(dry.title).toContain('0:01.5, 0:02.0');
  // What another sound lacked is not this one's.
  state.id = 'clip';
  tell();
  expect(dry.hidden).toBe(true);
});

test('a value of before is offered too, and a take that is whole has no pre-roll', async () => {
  state.preRoll = 0.05;
  const live = await transport({ take: 'take-2', arms: 'A,C', live: '', lead: '0.3' });
  expect(live.querySelector('.pre-roll select').value).toBe('0.05');
  // Made live, and whole now.
  const whole = await transport({ take: 'take-3', arms: 'A,C', lead: '0.3' });
  expect(whole.querySelector('.pre-roll').hidden).toBe(true);
});

test('a take that continues a sound says where that sound ends', async () => {
  const element = await transport({ take: 'take-1', arms: 'A,C', given: '3' });
  const given = element.querySelector('.given');
  expect([given.hidden, given.textContent]).toEqual([false, 'given sound until 0:03.0']);
  state.position = 4;
  tell();
  expect(given.textContent).toBe('continued from 0:03.0');
  expect((await transport({ take: 'take-5', arms: 'A,C' })).querySelector('.given').hidden).toBe(true);
});
