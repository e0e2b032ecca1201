// A blind test as the page hears it: it knows sounds without names. The server knows the order and says it after the last answer.
import { player as shared } from '../audio/player.js';

export class AbxRun {
  constructor(take, { player = shared, changed = () => {} } = {}) {
    Object.assign(this, { take, player, changed });
    this.test = null; // { id, trials }
    this.trial = 0;
    this.heard = new Set(); // sounds of this trial
    this.result = null;
    this.error = null;
    this.busy = false;
  }

  get soundId() {
    return this.test ? `abx:${this.test.id}` : null;
  }

  // A person answers once X was heard, and never twice.
  get canAnswer() {
    return !!this.test && !this.result && !this.busy && this.heard.has('X');
  }

  async begin(first, second, trials) {
    const test = await this.ask('POST', '', { first, second, trials });
    if (!test) return;
    Object.assign(this, { test, trial: 0, result: null, heard: new Set() });
    this.changed();
  }

  // Hears A, B or X where the playhead is; the first one of a trial begins at the start.
  hear(sound) {
    if (!this.test || this.result) return;
    this.heard.add(sound);
    const { player, soundId } = this;
    if (player.state.id === soundId && this.loaded === this.trial) {
      player.switchArm(sound);
      if (!player.state.playing) player.resume();
    } else {
      this.loaded = this.trial;
      const at = (trial, name) => `${this.address}/${this.test.id}/${trial}/${name}.wav`;
      // A and B are the same in all trials.
      const arms = { A: at(0, 'a'), B: at(0, 'b'), X: at(this.trial, 'x') };
      void player.playArms({ id: soundId, arms, arm: sound, title: 'Blind test', page: null, loop: true, match: true });
    }
    this.changed();
  }

  toggle() {
    if (this.player.state.id === this.soundId && this.loaded === this.trial) this.player.toggle();
    else this.hear('X');
  }

  async answer(x) {
    if (!this.canAnswer) return;
    const state = await this.ask('PUT', `/${this.test.id}/${this.trial}`, { x });
    if (!state) return;
    this.player.stop();
    this.heard = new Set();
    this.result = state.result;
    this.trial = state.answered;
    this.changed();
  }

  end() {
    if (this.test && this.player.state.id === this.soundId) this.player.stop();
  }

  get address() {
    return `api/v1/takes/${this.take}/abx`;
  }

  // What the server answers; null, and the error to show, where it did not. Nothing is lost: what was asked can be asked again.
  async ask(method, path, body) {
    this.busy = true;
    this.error = null;
    this.changed();
    try {
      const answer = await fetch(this.address + path, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (answer.ok) return await answer.json();
      const problem = await answer.json().catch(() => ({}));
      this.error = problem.detail ?? problem.title ?? `The site answered ${answer.status}. Try again.`;
    } catch {
      this.error = 'The site is away. Try again in a moment.';
    } finally {
      this.busy = false;
      this.changed();
    }
    return null;
  }
}

// p of a blind test in words: 0.0384 → "p = 0.038".
export function chance(p) {
  return p < 0.001 ? 'p < 0.001' : `p = ${p >= 0.9995 ? '1' : p.toPrecision(2)}`;
}
