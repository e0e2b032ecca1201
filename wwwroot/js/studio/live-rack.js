// <live-rack take="take-…" arms="A,C" frame="0.02" strips="0:2.5 1:-3m" forced="0">: around the rack. While it names a take, the faders in it turn the
// knobs of that take where the ear is, before the server has seen them; mute, solo and undo follow from its strips attribute. [data-live-said] says what
// the worker refused.
import { player } from '../audio/player.js';
import { turn } from './listen.js';
import { columnAt, LiveKnobs, parseStrips } from './live-knobs.js';
import { sessionOf } from './take-session.js';

const PRE_ROLL = 0.15; // s, where the player does not say

class LiveRack extends HTMLElement {
  static observedAttributes = ['take', 'strips', 'forced'];

  connectedCallback() {
    this.knobs ??= new LiveKnobs({
      send: request => turn(this.take, request),
      place: () => this.place(),
      answered: (problem, answer) => this.answered(problem, answer),
      ready: () => this.session?.state === 'running',
      ahead: strip => this.querySelector(`[data-steer="${strip}"] strength-fader`)?.ahead ?? false,
    });
    if (!this.listening) {
      this.addEventListener('change', event => this.turned(event));
      // The strips may have changed before the fader knew that the page had seen its last turn.
      this.addEventListener('sae:seen', () => this.take && this.knobs.page(parseStrips(this.getAttribute('strips'))));
    }
    this.listening = true;
    this.start();
  }

  turned(event) {
    const steer = event.target.matches?.('strength-fader') ? event.target.closest('[data-steer]')?.dataset.steer : undefined;
    if (!this.take || steer === undefined) return;
    const muted = parseStrips(this.getAttribute('strips')).find(each => each.strip === Number(steer))?.muted ?? false;
    this.knobs.turn({ strip: Number(steer), strength: event.target.now, muted });
  }

  disconnectedCallback() {
    this.unsubscribe?.();
    this.unsubscribe = null;
  }

  attributeChangedCallback(name, before, after) {
    if (!this.knobs || before === after) return;
    if (name === 'take') this.start();
    else if (this.take) this.knobs.page(parseStrips(this.getAttribute('strips')), name === 'forced');
  }

  start() {
    this.take = this.getAttribute('take');
    this.unsubscribe?.();
    this.session = this.take ? sessionOf(this.take, this.getAttribute('arms').split(',')) : null;
    this.unsubscribe = this.session?.subscribe(() => this.knobs.wake());
    this.said('');
    if (this.take) this.knobs.begin(parseStrips(this.getAttribute('began')));
    if (this.take) this.knobs.page(parseStrips(this.getAttribute('strips')), true);
  }

  place() {
    const { session } = this,
      heard = player.state.id === session.id ? player.state.position : 0,
      rate = Object.values(session.sources)[0]?.rate;
    return {
      fromColumn: columnAt(heard, player.state.preRoll ?? PRE_ROLL, Number(this.getAttribute('frame')) || 0.02),
      playhead: rate ? Math.floor(heard * rate) : null,
    };
  }

  answered(problem, answer) {
    this.said(problem ?? '');
    this.dispatchEvent(new CustomEvent('sae:turned', { bubbles: true, detail: { take: this.take, problem, answer } }));
  }

  said(text) {
    const place = this.querySelector('[data-live-said]');
    if (place && place.textContent !== text) place.textContent = text;
  }
}

customElements.define('live-rack', LiveRack);
