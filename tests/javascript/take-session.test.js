// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

const played = vi.hoisted(() => []);
vi.mock('../../wwwroot/js/audio/player.js', () => ({
  player: { state: { id: null }, playArms: what => played.push(what), setLoop: () => {} },
}));
vi.mock('../../wwwroot/js/studio/listen.js', () => ({ hear: async () => {}, listen: () => ({ stop() {} }) }));

let TakeSession;

beforeEach(async () => {
  ({ TakeSession } = await import('../../wwwroot/js/studio/take-session.js'));
  played.length = 0;
});

function running({ lead, autoplay = false, seconds = 5 }) {
  const session = new TakeSession('take-1', ['A', 'C']);
  session.follow(autoplay, lead);
  session.state = 'running';
  for (const arm of ['A', 'C']) session.sources[arm] = { available: seconds * 16000, rate: 16000, length: 160000 };
  return session;
}

test('one who opens a live take that is being played begins where it is', () => {
  running({ lead: 0.3 }).toggle();
  expect(played[0].from).toBe(4);
});

test('the one who began it, and anyone who opens a take that is not live or hardly begun, hears it from its beginning', () => {
  running({ lead: 0.3, autoplay: true }).toggle();
  running({ lead: null }).toggle();
  running({ lead: 0.3, seconds: 0.4 }).toggle();
  expect(played.map(each => each.from)).toEqual([0, 0, 0]);
});

test('a place that was chosen counts more, and only a whole take loops', () => {
  const session = running({ lead: 0.3 });
  session.seek(2.5);
  session.setLoop(true);
  session.toggle();
  expect(played[0]).toMatchObject({ from: 2.5, loop: false });
  session.state = 'done';
  session.toggle();
  expect(played[1].loop).toBe(true);
});
