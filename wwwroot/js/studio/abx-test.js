// <abx-test take="take-…" arms="A,C" words="Baseline,Steered">: a blind test of two arms, all of it by keys too. The inside is this module's.
import { player } from '../audio/player.js';
import { AbxRun, chance } from './abx-run.js';

const SOUNDS = ['A', 'B', 'X'];

class AbxTest extends HTMLElement {
  connectedCallback() {
    this.arms = this.getAttribute('arms').split(',');
    this.words = this.getAttribute('words').split(',');
    this.run = new AbxRun(this.getAttribute('take'), { changed: () => this.draw() });
    this.innerHTML = `
      <form class="abx-begin">
        <label>First <select name="first"></select></label> <label>Second <select name="second"></select></label>
        <label>Trials <select name="trials"><option>10</option><option selected>16</option><option>24</option></select></label>
        <button type="submit" class="primary" data-key="Enter" data-key-label="Begin the blind test">Begin</button>
      </form>
      <div class="abx-trial" hidden>
        <p class="abx-count"></p>
        <div class="abx-sounds" role="group" aria-label="Sounds"></div>
        <div class="abx-answers" role="group" aria-label="Answer"></div>
      </div>
      <p class="abx-result" role="status"></p>
      <p class="problem" role="alert"></p>`;
    for (const [name, chosen] of [
      ['first', 0],
      ['second', this.arms.length - 1],
    ]) {
      const select = this.querySelector(`[name=${name}]`);
      for (const [i, arm] of this.arms.entries()) {
        const option = document.createElement('option');
        Object.assign(option, { value: arm, textContent: this.words[i], selected: i === chosen });
        select.append(option);
      }
    }
    this.form = this.querySelector('form');
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      const { first, second, trials } = this.form.elements;
      void this.run.begin(first.value, second.value, Number(trials.value));
    });
    const sounds = this.querySelector('.abx-sounds');
    for (const sound of SOUNDS) this.button(sounds, sound.toLowerCase(), `Hear ${sound}`, () => this.run.hear(sound)).dataset.sound = sound;
    this.pause = this.button(sounds, ' ', 'Play or pause', () => this.run.toggle());
    const answers = this.querySelector('.abx-answers');
    for (const [i, x] of ['A', 'B'].entries()) this.button(answers, String(i + 1), `X is ${x}`, () => void this.run.answer(x));
    this.leave = player.subscribe(() => this.draw());
    this.draw();
  }

  disconnectedCallback() {
    this.leave?.();
    this.run?.end();
  }

  get soundId() {
    return this.run?.soundId;
  }

  button(place, key, label, run) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: label });
    Object.assign(button.dataset, { key, keyLabel: label });
    button.addEventListener('click', run);
    place.append(button);
    return button;
  }

  draw() {
    const { run } = this;
    if (!run || !this.form) return;
    const testing = !!run.test && !run.result;
    this.form.hidden = testing;
    this.form.querySelector('button').disabled = run.busy;
    this.querySelector('.abx-trial').hidden = !testing;
    this.text('.abx-count', testing ? `Trial ${run.trial + 1} of ${run.test.trials}` : '');
    const sound = player.state,
      mine = sound.id === run.soundId;
    for (const button of this.querySelectorAll('[data-sound]'))
      button.setAttribute('aria-pressed', String(mine && run.loaded === run.trial && sound.arm === button.dataset.sound));
    for (const button of this.querySelectorAll('.abx-answers button')) button.disabled = !run.canAnswer;
    this.text('.problem', run.error ?? (mine ? (sound.error ?? '') : ''));
    this.text('.abx-result', run.result ? this.resultOf(run.result) : '');
  }

  resultOf({ right, trials, p, armA, armB }) {
    const word = arm => this.words[this.arms.indexOf(arm)] ?? arm;
    return `${right} of ${trials} right, ${chance(p)} (chance of as many or more by guessing). A was ${word(armA)}, B was ${word(armB)}.`;
  }

  text(selector, words) {
    const element = this.querySelector(selector);
    if (element.textContent !== words) element.textContent = words;
  }
}

customElements.define('abx-test', AbxTest);
