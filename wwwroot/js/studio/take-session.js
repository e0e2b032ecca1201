// What this page knows of one take's sound: its arms as they come through the hub, or where the finished WAVs lie. Elements that show the same
// take share one session.
import { Source } from '../audio/source.js';
import { player } from '../audio/player.js';
import { hear, listen } from './listen.js';
import { PlayheadReports } from './playhead.js';

const sessions = new Map();
const JOIN = 1; // s behind the newest sample of a take that one joins
const finalStates = ['done', 'cancelled', 'failed', 'interrupted'];

// For tests: what came through the hub for the last take that was followed.
globalThis.saeStudio = { take: null, chunks: {} };

export class TakeSession {
  constructor(take, arms) {
    this.take = take;
    this.id = `take:${take}`;
    this.arms = arms;
    this.arm = arms.at(-1); // steered, when there is one
    this.sources = {};
    this.state = null;
    this.queue = null;
    this.columnsDone = this.columns = 0;
    this.error = null;
    this.listeners = new Set();
    this.streams = [];
    this.followed = false;
    this.loop = false;
    this.lead = null; // seconds that a live take is made ahead of the ear
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell() {
    for (const listener of [...this.listeners]) listener(this);
  }

  // Listens to the take while it is made; with autoplay it sounds as soon as it can without stopping on the way.
  // lead: of a live take, which is made that many seconds ahead of the ear.
  follow(autoplay, lead = null) {
    if (this.followed) return;
    this.followed = true;
    this.lead = lead;
    if (lead !== null) this.report();
    this.autoplay = autoplay;
    globalThis.saeStudio = { take: this.take, chunks: Object.fromEntries(this.arms.map(arm => [arm, []])) };
    this.streams = this.arms.map(arm =>
      listen(this.take, arm, {
        from: () => this.sources[arm]?.available ?? 0,
        revision: () => this.sources[arm]?.revision ?? null,
        chunk: message => this.receive(arm, message),
        failed: text => {
          this.error = text;
          this.state = 'failed';
          this.tell();
        },
      }),
    );
  }

  receive(arm, { from, samples, sampleRate, length, columnsDone, columns, state, queue, error, revision = 0, channels = 1 }) {
    this.state = state;
    this.queue = queue;
    this.error = error;
    this.columnsDone = Math.max(this.columnsDone, columnsDone);
    this.columns = columns || this.columns;
    const known = this.sources[arm];
    if (samples || (known && revision > known.revision)) {
      const source = known ?? (this.sources[arm] = new Source({ rate: sampleRate, length, channels }));
      source.lead = this.lead;
      source.append(from, pcm(samples), revision);
      measure(source);
      globalThis.saeStudio.chunks[arm]?.push({ samples: source.available, columnsDone, columns });
      if (this.autoplay && !this.offered && this.ready) this.play(true);
    } else if (finalStates.includes(state)) this.sources[arm]?.finish();
    this.tell();
  }

  // Says where the ear is for as long as the take is made. The page may close: the take is then finished at full speed.
  report() {
    const reports = new PlayheadReports((sample, playing) => void hear(this.take, sample, playing));
    this.clock = setInterval(() => {
      if (!this.live) return clearInterval(this.clock);
      const { id, playing, position, rate } = player.state;
      if (id === this.id) reports.look(performance.now(), position * rate, playing);
      else if (!this.offered) reports.look(performance.now(), 0, false);
    }, 50);
  }

  get ready() {
    return this.arms.every(arm => this.sources[arm]);
  }

  // How much is made, 0 … 1.
  get share() {
    const source = this.sources[this.arm];
    return this.columns ? this.columnsDone / this.columns : source ? source.available / source.length : 0;
  }

  get live() {
    return this.followed && !finalStates.includes(this.state);
  }

  // Puts the take under the player's playhead.
  play(wants) {
    this.offered = true;
    const whole = !this.followed;
    const arms = Object.fromEntries(this.arms.map(arm => [arm, whole ? `api/v1/takes/${this.take}/${arm}.wav` : this.sources[arm]]));
    player.playArms({
      id: this.id,
      arms,
      arm: this.arm,
      wants,
      match: true,
      from: this.from ?? this.joinsAt(),
      loop: this.loop && !this.live,
    });
    this.from = 0;
  }

  // One who opens a live take that is played elsewhere begins where it is, not at its beginning.
  joinsAt() {
    const source = this.sources[this.arm];
    return this.live && this.lead !== null && !this.autoplay && source ? Math.max(0, source.available / source.rate - JOIN) : 0;
  }

  // Once it is whole, it can be played over and over.
  setLoop(loop) {
    this.loop = loop;
    if (player.state.id === this.id) player.setLoop(loop);
    this.tell();
  }

  toggle() {
    if (player.state.id === this.id) player.toggle();
    else if (!this.followed || this.ready) this.play(true);
  }

  // Another place; also before it sounds.
  seek(seconds) {
    if (player.state.id === this.id) player.seek(seconds);
    else {
      this.from = seconds;
      this.tell();
    }
  }

  choose(arm) {
    if (!this.arms.includes(arm)) return;
    this.arm = arm;
    if (player.state.id === this.id) player.switchArm(arm);
    this.tell();
  }

  end() {
    clearInterval(this.clock);
    for (const stream of this.streams) stream.stop();
  }
}

// Seconds of sound made a second, over the last few deliveries: the first one's wait says nothing of what follows, and other work comes and goes.
function measure(source) {
  const now = performance.now(),
    kept = (source.deliveries ??= []);
  kept.push({ at: now, available: source.available });
  if (kept.length > 6) kept.shift();
  const [first] = kept,
    passed = (now - first.at) / 1000;
  if (passed > 0.1) source.speed = (source.available - first.available) / source.rate / passed;
}

function pcm(base64) {
  const text = atob(base64),
    bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Int16Array(bytes.buffer);
}

export function sessionOf(take, arms) {
  let session = sessions.get(take);
  if (!session) {
    session = new TakeSession(take, arms);
    sessions.set(take, session);
    // The sound of the last few takes stays at hand.
    if (sessions.size > 4) {
      const [oldest] = [...sessions].find(([, each]) => each.id !== player.state.id && each !== session && !each.live) ?? [];
      if (oldest) {
        sessions.get(oldest).end();
        sessions.delete(oldest);
      }
    }
  }
  return session;
}
