// <take-transport take="take-…" arms="A,C" live autoplay>: play, A/C, time, and how far the take is. The inside is this module's. With no-keys it
// takes no keys: on a page that has other uses for them. lead="0.3": a live take, made that many seconds ahead of the ear. words="Baseline,…" are what the arms are called, in place of their letters.
// given="3": the first seconds are a sound that the take continues; the transport says where they end.
import { clock } from '../audio/clock.js';
import { player } from '../audio/player.js';
import { ARM_WORDS as names } from './arm-words.js';
import { sessionOf } from './take-session.js';

// Seconds.
const PRE_ROLLS = [0.02, 0.06, 0.1, 0.2, 0.4, 1];

class TakeTransport extends HTMLElement {
  static observedAttributes = ['take', 'live'];

  connectedCallback() {
    this.start();
  }

  disconnectedCallback() {
    this.leave();
  }

  attributeChangedCallback() {
    if (this.isConnected && this.session) {
      this.leave();
      this.start();
    }
  }

  start() {
    const arms = (this.getAttribute('arms') || 'A').split(','),
      take = this.getAttribute('take'),
      keys = !this.hasAttribute('no-keys');
    if (!take) return;
    this.session = sessionOf(take, arms);
    if (this.hasAttribute('live'))
      this.session.follow(this.hasAttribute('autoplay'), this.hasAttribute('lead') ? Number(this.getAttribute('lead')) : null);
    this.innerHTML = `<button type="button" class="play-button"><svg class="icon" width="18" height="18" aria-hidden="true"><use href="lib/icons.svg#play"></use></svg></button>
      <span class="segments" role="group" aria-label="Arm"></span><button type="button" class="quiet match"><span class="words">Equal loudness</span> <span class="number"></span></button><button type="button" class="icon-button loop" aria-label="Loop" title="Play it over and over"><svg class="icon" width="14" height="14" aria-hidden="true"><use href="lib/icons.svg#repeat"></use></svg></button><span class="transport-time number" role="timer" aria-label="Time"></span><span class="given small muted" hidden></span><label class="pre-roll small" title="Time between the ear and a turned knob. A longer one avoids gaps on a slow line or machine">Pre-roll <select aria-label="Pre-roll"></select></label><span class="dry small number" role="status" hidden></span><span class="transport-state small"></span><sound-volume></sound-volume>`;
    const segments = this.querySelector('.segments');
    segments.hidden = arms.length < 2;
    const words = this.getAttribute('words')?.split(',');
    for (const [i, arm] of arms.entries()) {
      const button = document.createElement('button'),
        word = words?.[i];
      Object.assign(button, {
        type: 'button',
        textContent: word ?? arm,
        title: word ? names[arm] : `${names[arm]} (${arm.toLowerCase()})`,
      });
      button.dataset.arm = arm;
      if (keys) Object.assign(button.dataset, { key: arm.toLowerCase(), keyLabel: `Hear ${names[arm]}` });
      if (!word) button.setAttribute('aria-label', `${arm}, ${names[arm]}`);
      button.addEventListener('click', () => this.session.choose(arm));
      segments.append(button);
    }
    this.match = this.querySelector('.match');
    this.match.hidden = arms.length < 2;
    this.match.title = 'Plays the arms equally loud (BS.1770), by at most −12 to +6 dB';
    if (keys && arms.length > 1) Object.assign(this.match.dataset, { key: 'l', keyLabel: 'Hear the arms equally loud, or as they are' });
    this.match.addEventListener('click', () => player.setMatch(!player.state.match));
    this.loop = this.querySelector('.loop');
    this.loop.addEventListener('click', () => this.session.setLoop(!this.session.loop));
    this.rolls();
    this.play = this.querySelector('.play-button');
    if (keys) Object.assign(this.play.dataset, { key: ' ', keyLabel: 'Play or pause the take' });
    this.play.addEventListener('click', () => this.session.toggle());
    const draw = () => this.draw();
    this.subscriptions = [this.session.subscribe(draw), player.subscribe(draw)];
    this.draw();
  }

  rolls() {
    const select = this.querySelector('.pre-roll select'),
      now = player.state.preRoll;
    for (const seconds of [...new Set([...PRE_ROLLS, now])].sort((a, b) => a - b)) {
      const option = document.createElement('option');
      option.value = String(seconds);
      option.textContent = `${Math.round(1000 * seconds)} ms`;
      select.append(option);
    }
    select.value = String(now);
    select.addEventListener('change', () => player.setPreRoll(Number(select.value)));
  }

  leave() {
    for (const unsubscribe of this.subscriptions ?? []) unsubscribe();
    this.subscriptions = [];
    this.session = null;
  }

  draw() {
    const { session } = this,
      sound = player.state,
      mine = sound.id === session.id;
    const on = mine && (sound.playing || sound.waiting);
    this.play.setAttribute('aria-pressed', on);
    this.play.setAttribute('aria-label', on ? 'Pause' : 'Play');
    this.play.disabled = session.followed && !session.ready;
    this.swap(this.play.querySelector('use'), 'href', `lib/icons.svg#${on ? 'pause' : 'play'}`);
    for (const button of this.querySelectorAll('.segments button'))
      this.swap(button, 'aria-pressed', String(button.dataset.arm === session.arm));
    this.swap(this.match, 'aria-pressed', String(sound.match));
    const added = mine && sound.match ? (sound.gains[session.arm] ?? 0) : 0;
    this.text('.match .number', sound.match ? `${added < 0 ? '−' : '+'}${Math.abs(added).toFixed(1)} dB` : 'off');
    this.loop.disabled = session.live;
    this.swap(this.loop, 'aria-pressed', String(session.loop));
    const deck = this.closest('.deck');
    if (deck && deck.dataset.arm !== session.arm) deck.dataset.arm = session.arm;
    const length = Number(this.getAttribute('seconds')) || sound.duration;
    const whole = mine && sound.duration ? sound.duration : length;
    this.text('.transport-time', clock(mine ? sound.position : (session.from ?? 0)) + (whole ? ` / ${clock(whole)}` : ''));
    const given = Number(this.getAttribute('given')) || 0;
    this.querySelector('.given').hidden = given === 0;
    this.text(
      '.given',
      given === 0 ? '' : mine && sound.position < given ? `given sound until ${clock(given)}` : `continued from ${clock(given)}`,
    );
    // Only of a take that is being made live do knobs wait for it.
    this.querySelector('.pre-roll').hidden = !(this.hasAttribute('lead') && session.live);
    const dry = mine ? sound.underruns : [];
    this.text('.dry', dry.length > 0 ? `ran dry ${dry.length} ×` : '');
    this.querySelector('.dry').hidden = dry.length === 0;
    this.swap(
      this.querySelector('.dry'),
      'title',
      dry.length > 0
        ? `The sound was not there in time, at ${dry.map(({ seconds }) => clock(seconds)).join(', ')}. A longer pre-roll may avoid it`
        : '',
    );
    this.text('.transport-state', this.words(session, mine ? sound : null));
  }

  words({ state, queue, share: made, error, followed, autoplay, offered }, sound) {
    if (error) return error;
    if (!followed) return sound?.error ?? '';
    const share = made > 0 ? `${Math.floor(100 * made)} % made` : 'starting';
    if (state === 'queued') return queue > 0 ? `waits behind ${queue} ${queue === 1 ? 'other' : 'others'}` : 'is about to start';
    if (state === 'done') return sound?.blocked ? 'tap to hear' : '';
    if (state === 'cancelled') return 'stopped; what was made is kept';
    if (state === 'interrupted') return 'the music worker ended in the middle; what was made is kept';
    if (sound?.blocked) return `tap to hear, ${share}`;
    if ((sound?.waiting || (autoplay && !offered)) && state === 'running')
      return sound?.startsIn > 0.5 ? `plays in ${Math.ceil(sound.startsIn)} s, ${share}` : `plays in a moment, ${share}`;
    return share;
  }

  text(selector, words) {
    const element = this.querySelector(selector);
    if (element.textContent !== words) element.textContent = words;
  }

  swap(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}

customElements.define('take-transport', TakeTransport);
