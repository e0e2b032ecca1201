// How active the steered features of a take were, by strip and column: asked for once, and twice a second while the take is made. Lanes that show the
// same strip share one.
const EVERY = 500; // ms
const REACH = 1000; // columns: 20 s at 50 a second
const kept = new Map();

export class Trace {
  constructor(take, strip, fetcher = globalThis.fetch) {
    Object.assign(this, {
      take,
      strip,
      fetcher,
      before: [],
      after: [],
      users: new Set(),
      live: false,
      missing: false,
      asking: false,
      again: false,
      timer: null,
    });
  }

  subscribe(user) {
    this.users.add(user);
    return () => this.users.delete(user);
  }

  // Follows the take while it is made; once it is over, asks a last time.
  follow(live) {
    const ended = this.live && !live;
    this.live = live;
    // An answer that is on its way may be of before the end.
    if (ended && this.asking) this.again = true;
    else if (ended || (!this.asking && !this.timer && (live || (this.after.length === 0 && !this.missing)))) void this.ask();
  }

  async ask() {
    clearTimeout(this.timer);
    this.timer = null;
    this.asking = true;
    try {
      // A knob reaches 12 s back at most: what is older than that stays as it is until the take is over.
      const from = this.live ? Math.max(0, this.after.length - REACH) : 0,
        answer = await this.fetcher.call(globalThis, `api/v1/takes/${this.take}/C/traces?strip=${this.strip}&from=${from}`);
      if (answer.ok) {
        const { before, after } = await answer.json();
        this.before = [...this.before.slice(0, from), ...before];
        this.after = [...this.after.slice(0, from), ...after];
      }
      if (!this.live) this.missing = this.after.length === 0;
    } catch {
      // The lane shows the wave alone; the next question may be answered.
    }
    this.asking = false;
    for (const user of [...this.users]) user();
    if ((this.live && this.users.size > 0) || this.again) this.timer = setTimeout(() => void this.ask(), EVERY);
    if (!this.live) this.again = false;
  }
}

export function traceOf(take, strip) {
  const key = `${take} ${strip}`;
  let trace = kept.get(key);
  if (!trace) {
    trace = new Trace(take, strip);
    kept.set(key, trace);
    if (kept.size > 64) {
      const idle = [...kept].find(([, each]) => each.users.size === 0 && each !== trace);
      if (idle) kept.delete(idle[0]);
    }
  }
  return trace;
}
