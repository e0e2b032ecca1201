// The items of a queue for this person: the one that is shown and the next two, with their sounds, so that the next item waits for nothing.
import { fetchSource } from '../audio/source.js';

const AHEAD = 3; // items the site gives at once
const SOUNDS = 6; // sounds of an item that are fetched before they are heard
const RENEW = 5 * 60_000; // ms between renewals of a lease, which lasts 15 minutes

export class ItemSource {
  // api(method, address, body) answers the JSON or throws an error with a message, status and problem.
  constructor(queue, api, sounds = fetchSource) {
    Object.assign(this, { queue, api, sounds, items: [], done: new Set(), skipped: new Set(), state: null, progress: null, asking: null });
    this.fetched = new Map();
  }

  get address() {
    return `api/v1/queues/${encodeURIComponent(this.queue)}`;
  }

  // The item that is shown now; null: none is known.
  get current() {
    return this.items[0] ?? null;
  }

  // Asks for items; what is shown stays. One question at a time.
  async fill() {
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  async ask() {
    const answer = await this.api('POST', `${this.address}/next?count=${AHEAD}`);
    this.progress = answer.progress;
    const known = new Set(this.items.map(item => item.feature)),
      fresh = answer.items.filter(({ feature }) => !this.done.has(feature) && !this.skipped.has(feature) && !known.has(feature));
    this.items.push(...fresh);
    const held = answer.items.some(({ feature }) => this.skipped.has(feature));
    this.state = this.items.length > 0 ? 'items' : held ? 'skipped' : answer.items.length > 0 ? 'sending' : answer.state;
    Object.assign(this, { waiting: answer.waiting, toDecide: answer.toDecide });
    this.prefetch();
  }

  // The item is done: the next one is shown.
  finish(feature) {
    this.done.add(feature);
    this.leave(feature);
  }

  skip(feature) {
    this.skipped.add(feature);
    this.leave(feature);
  }

  // An item comes back, to be done again.
  bringBack(item) {
    this.done.delete(item.feature);
    this.skipped.delete(item.feature);
    this.items = [item, ...this.items.filter(each => each.feature !== item.feature)];
    this.prefetch();
  }

  // What was skipped may come again.
  again() {
    this.skipped.clear();
  }

  leave(feature) {
    this.items = this.items.filter(item => item.feature !== feature);
    this.prefetch();
    for (const url of this.fetched.keys()) if (!this.items.some(item => soundsOf(item).includes(url))) this.fetched.delete(url);
  }

  // One after the other, so that what is heard now does not wait: the first sound of every item, since those are heard first, then the others
  // of the item that is shown.
  async prefetch() {
    if (this.prefetching) return;
    this.prefetching = true;
    for (let next = this.missing(); next && !this.ended; next = this.missing()) await this.soundOf(next).promise;
    this.prefetching = false;
  }

  missing() {
    const firsts = this.items.map(item => soundsOf(item)[0]),
      others = this.items.length > 0 ? soundsOf(this.items[0]).slice(1, SOUNDS) : [];
    return [...firsts, ...others].find(url => url && !this.fetched.has(url));
  }

  // The sound of an address: { source } when it is there, else a promise of it.
  soundOf(url) {
    let kept = this.fetched.get(url);
    if (!kept) {
      kept = { source: null, promise: null };
      kept.promise = this.sounds(url).then(
        source => (kept.source = source),
        // It is asked for again when it is to be heard.
        () => null,
      );
      this.fetched.set(url, kept);
    }
    return kept;
  }

  // Keeps the lease of the item that is shown. Calls lost(problem) when it cannot be kept.
  keep(lost) {
    clearInterval(this.keeping);
    this.keeping = setInterval(async () => {
      const item = this.current;
      if (!item || item.practice || document.hidden) return;
      try {
        await this.api('POST', `${this.address}/items/${item.feature}/lease`);
      } catch (error) {
        if (error.status === 409 && this.current === item) lost(error);
      }
    }, RENEW);
  }

  end() {
    this.ended = true;
    clearInterval(this.keeping);
  }
}

// The sounds of an item in the order in which they are heard.
export function soundsOf(item) {
  return [...item.examples, ...item.clips].map(clip => clip.sound && relative(clip.sound)).filter(Boolean);
}

// Pages can be served below a path: addresses are relative to the page's base.
export const relative = address => address.replace(/^\//, '');

export async function overHttp(method, address, body) {
  let answer;
  try {
    answer = await fetch(address, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw Object.assign(new Error('The site could not be reached.'), { status: 0 });
  }
  const content = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return content;
  throw Object.assign(new Error(content?.detail ?? `The site answered ${answer.status}.`), { status: answer.status, problem: content });
}
