// How active the steered features of a take were, by strip and column: asked for once, and twice a second while the take is made. Lanes that show the
// same strip share one.
const EVERY = 500; // ms
const kept = new Map();

export class Trace {
  constructor(take, strip, fetcher = globalThis.fetch) {
    Object.assign(this, { take, strip, fetcher, before: [], after: [], users: new Set(), live: false, missing: false });
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
    if (ended && this.timer) this.again = true;
    else if (!this.timer && (live || ended || (this.after.length === 0 && !this.missing))) void this.ask();
  }

  async ask() {
    this.timer = true;
    try {
      const answer = await this.fetcher.call(globalThis, `api/v1/takes/${this.take}/C/traces?strip=${this.strip}`);
      if (answer.ok) ({ before: this.before, after: this.after } = await answer.json());
      else if (!this.live) this.missing = true;
    } catch {
      // The lane shows the wave alone; the next question may be answered.
    }
    for (const user of [...this.users]) user();
    const more = (this.live && this.users.size > 0) || this.again;
    if (!this.live) this.again = false;
    this.timer = more ? setTimeout(() => void this.ask(), EVERY) : null;
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
