// Votes and verdicts on their way to the site. Each is written to IndexedDB before it is sent and removed when the site has answered, so that a
// lost connection, a restart of the site, a reload or a closed tab loses none. The ids are made here and the site takes an id once, so that one
// whose answer was lost can be sent again. Everything is sent in the order it was made, by one tab at a time.
import { openDB } from '../../lib/idb.js';

const STORE = 'waiting';
const LOCK = 'sae-outbox';
const DESK = 'sae-desk'; // held where one annotates: other pages leave the sending to it
const LOOK_AGAIN = 10_000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
const TIMEOUT = 20_000;

// The site is away, busy, restarting or out of space: the same request can succeed later. Everything else is an answer.
const passes = status => status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;

// A UUID of version 7 (RFC 9562): the time first, so that later ones sort later, then chance. Pages over plain HTTP have no crypto.randomUUID.
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 256 ** (5 - i)) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export class Outbox {
  // send({ method, address, body }) answers { status, problem, answer }; status 0: the site could not be reached.
  constructor({ name = 'sae-outbox', send = overHttp } = {}) {
    this.name = name;
    this.send = send;
    this.listeners = new Set();
    this.answers = new Set();
    this.desks = 0;
    this.state = { waiting: 0, votes: 0, refused: [], away: false };
    this.pause = FIRST_PAUSE;
    this.wake = () => this.hurry();
  }

  open() {
    this.opening ??= this.start();
    return this.opening;
  }

  async start() {
    this.db = await openDB(this.name, 1, {
      upgrade: db => db.createObjectStore(STORE, { keyPath: 'order', autoIncrement: true }).createIndex('key', 'key'),
      // A newer page of another tab wants another version: it must not wait for this one.
      blocking: () => this.db?.close(),
    });
    globalThis.addEventListener?.('online', this.wake);
    this.listen();
    await this.changed();
    this.work();
    return this;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    globalThis.removeEventListener?.('online', this.wake);
    this.db?.close();
    this.channel?.close();
    this.channel = null;
    this.desks = 0;
    this.leaveDesk?.();
  }

  // Tabs tell each other what became of what they share.
  listen() {
    if (!globalThis.BroadcastChannel) return;
    this.channel = new BroadcastChannel(`${LOCK} ${this.name}`);
    this.channel.unref?.();
    this.channel.onmessage = async ({ data }) => {
      await this.changed();
      if (data.key) this.tell(data.key, data.answer);
      // The tab that kept it may be closed before it is sent.
      if (this.state.waiting > 0 && !this.timer) this.later(LOOK_AGAIN);
    };
  }

  post(message) {
    this.channel?.postMessage(message);
  }

  // Called with (key, answer) for everything that the site took, whichever tab sent it.
  onAnswer(listener) {
    this.answers.add(listener);
    return () => this.answers.delete(listener);
  }

  tell(key, answer) {
    for (const listener of this.answers) listener(key, answer);
  }

  // Here one annotates: what is kept is sent from here, and can be taken back until then, so that no other tab may be sending it meanwhile.
  holdDesk() {
    if (this.desks++ > 0) return;
    globalThis.navigator?.locks?.request(DESK, { mode: 'shared' }, () =>
      // Left before it was given: it is given back at once.
      this.desks > 0 ? new Promise(leave => (this.leaveDesk = leave)) : null,
    );
  }

  endDesk() {
    if (--this.desks > 0) return;
    this.leaveDesk?.();
    this.leaveDesk = null;
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.work();
    }, pause);
  }

  // Keeps a request and sends it when those before it are sent. Resolves when it is kept, not when it is sent. A request that still waits under
  // the same key is replaced in its place: the last of several votes on one clip is the one that counts.
  async put({ key, method, address, body }) {
    const change = this.db.transaction(STORE, 'readwrite');
    const before = await change.store.index('key').get(key);
    const entry = { key, method, address, body, refused: null, version: newId() };
    if (before && before.order !== this.sending) entry.order = before.order;
    await change.store.put(entry);
    await change.done;
    await this.changed();
    this.post({});
    this.hurry();
  }

  // Takes back what was not sent yet. False: it is not there any more, or is being sent.
  async withdraw(key) {
    const change = this.db.transaction(STORE, 'readwrite');
    const found = await change.store.index('key').get(key);
    const taken = found !== undefined && found.order !== this.sending;
    if (taken) await change.store.delete(found.order);
    await change.done;
    if (taken) {
      await this.changed();
      this.post({});
    }
    return taken;
  }

  // What still waits under a key, the refused included; undefined: nothing.
  async find(key) {
    return this.db.getFromIndex(STORE, 'key', key);
  }

  // Everything that is kept, in its order: what waits and what was refused.
  async all() {
    return this.db.getAll(STORE);
  }

  subscribe(listener) {
    this.listeners.add(listener);
    listener(this.state);
    return () => this.listeners.delete(listener);
  }

  hurry() {
    this.pause = FIRST_PAUSE;
    clearTimeout(this.timer);
    this.timer = null;
    this.work();
  }

  // One after the other until nothing waits, or the site is away.
  async work() {
    if (this.working || this.closed) return;
    this.working = true;
    try {
      const sent = await exclusive(this.desks > 0, async () => {
        while (!this.closed && (await this.sendFirst()));
      });
      if (!sent && !this.closed && this.state.waiting > 0) {
        this.later(LOOK_AGAIN);
        return;
      }
    } catch (error) {
      // Closed in the middle: what waits is sent by the next tab.
      if (!this.closed) throw error;
    } finally {
      this.working = false;
    }
    // What came in while the last answer was being written.
    if (!this.closed && !this.state.away && this.state.waiting > 0) this.work();
  }

  // Whether to continue with the next one.
  async sendFirst() {
    const entry = await this.first();
    if (!entry) {
      // Another tab sent it.
      if (this.state.waiting > 0) await this.changed(false);
      return false;
    }
    this.sending = entry.order;
    let answer;
    try {
      answer = await this.send(entry);
    } finally {
      this.sending = null;
    }
    if (this.closed) return false;
    if (passes(answer.status)) {
      this.later(Math.max(this.pause, answer.after ?? 0));
      this.pause = Math.min(LONGEST_PAUSE, this.pause * 2);
      await this.changed(true, answer.problem);
      this.post({});
      return false;
    }
    this.pause = FIRST_PAUSE;
    const change = this.db.transaction(STORE, 'readwrite');
    if (answer.status < 400) await change.store.delete(entry.order);
    // The person decides: it stays here, does not hold up the others, and is shown.
    else await change.store.put({ ...entry, refused: answer.problem ?? { detail: `The site answered ${answer.status}.` } });
    await change.done;
    await this.changed(false);
    this.post(answer.status < 400 ? { key: entry.key, answer: answer.answer } : {});
    if (answer.status < 400) this.tell(entry.key, answer.answer);
    return true;
  }

  async first() {
    for (let at = await this.db.transaction(STORE).store.openCursor(); at; at = await at.continue()) if (!at.value.refused) return at.value;
    return null;
  }

  // Counts what is kept, and says so.
  async changed(away = this.state.away, why = this.state.why) {
    if (this.closed) return;
    const all = await this.db.getAll(STORE);
    const refused = all.filter(entry => entry.refused).map(({ key, body, refused: problem }) => ({ key, body, problem }));
    const waiting = all.filter(entry => !entry.refused);
    // Drafts are the person's own; votes and decisions are what others wait for.
    const votes = waiting.filter(entry => entry.address.startsWith('api/v1/annotations/')).length;
    this.state = { waiting: waiting.length, votes, refused, away, why: away ? why : undefined };
    for (const listener of this.listeners) listener(this.state);
  }
}

// Tabs of one browser share what is kept: one of them sends, one where one annotates if there is one. Without locks (an address over plain HTTP) two
// tabs may send the same one, which the site takes once. Answers whether it was this tab's turn.
async function exclusive(isDesk, work) {
  const locks = globalThis.navigator?.locks;
  if (!locks) await work();
  else if (isDesk) await locks.request(LOCK, work);
  else return locks.request(DESK, { ifAvailable: true }, desk => (desk ? locks.request(LOCK, work).then(() => true) : false));
  return true;
}

async function overHttp({ method, address, body }) {
  try {
    const answer = await fetch(address, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.ok) return { status: answer.status, answer: answer.status === 204 ? null : await answer.json().catch(() => null) };
    const after = Number(answer.headers.get('Retry-After'));
    return { status: answer.status, problem: await answer.json().catch(() => null), after: after > 0 ? 1000 * after : undefined };
  } catch {
    return { status: 0, problem: { detail: 'The site could not be reached.' } };
  }
}
