// <sound-drop sae="…" max-bytes="…" max-seconds="…">: a sound that is dropped, chosen in its <input type=file> or recorded goes to the site by HTTP,
// and its id into the page's address; with keep the address stays, and the answer goes into the <input data-brought> inside. The inside is the
// page's; what happens is said in [data-answer].
import { addressWith } from '../runs/view-state.js';
import { canRecord, problemOf, record } from './recorder.js';

// What else can be listened to: a new sound takes its place.
const others = { clip: null, take: null, arm: null, prompt: null, seed: null, seconds: null, from: null, to: null, rows: null };

class SoundDrop extends HTMLElement {
  constructor() {
    super();
    this.addEventListener('change', event => {
      const [file] = event.target.files ?? [];
      if (!file) return;
      this.send(file, file.name);
      event.target.value = '';
    });
    this.addEventListener('dragover', event => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      this.toggleAttribute('over', true);
    });
    this.addEventListener('dragleave', () => this.toggleAttribute('over', false));
    this.addEventListener('drop', event => {
      event.preventDefault();
      this.toggleAttribute('over', false);
      const [file] = event.dataTransfer.files;
      if (file) this.send(file, file.name);
      else this.say('That is not a file. Drop a sound file.', true);
    });
    this.addEventListener('click', event => {
      if (event.target.closest('[data-record]')) this.toggleRecording();
    });
  }

  connectedCallback() {
    // The inside may be put in after this element.
    requestAnimationFrame(() => {
      const off = !canRecord(),
        button = this.querySelector('[data-record]'),
        why = this.querySelector('[data-insecure]');
      if (button) button.disabled = off;
      if (why) why.hidden = !off;
    });
  }

  disconnectedCallback() {
    this.recording?.cancel();
    this.recording = this.asking = null;
    this.sending?.abort();
  }

  say(text, failed = false) {
    const place = this.querySelector('[data-answer]');
    if (!place) return;
    place.textContent = text;
    place.classList.toggle('bad', failed);
    place.hidden = text === '';
  }

  async toggleRecording() {
    if (this.recording) {
      this.recording.stop();
      return;
    }
    // The browser asks the person: a second press meanwhile opens no second microphone.
    if (this.asking) return;
    const asking = (this.asking = {}),
      most = Number(this.getAttribute('max-seconds')) || 30;
    this.say('Waiting for the microphone…');
    let recording = null,
      problem = null;
    try {
      recording = await record(most, seconds => this.say(`Recording: ${seconds.toFixed(1)} of ${most} s. Press again to stop.`));
    } catch (error) {
      problem = problemOf(error);
    }
    // The page was left while the browser asked: the microphone is closed again.
    if (this.asking !== asking) {
      recording?.cancel();
      return;
    }
    this.asking = null;
    if (problem) {
      this.say(problem, true);
      return;
    }
    this.recording = recording;
    this.mark(true);
    const wav = await recording.done;
    if (this.recording === recording) this.recording = null;
    this.mark(false);
    if (wav) await this.send(new Blob([wav], { type: 'audio/wav' }), 'Recording.wav');
  }

  mark(on) {
    const button = this.querySelector('[data-record]'),
      words = this.querySelector('[data-record-words]');
    button?.setAttribute('aria-pressed', String(on));
    if (words) words.textContent = on ? 'Stop' : 'Record';
  }

  async send(body, name) {
    const most = Number(this.getAttribute('max-bytes'));
    // What became of the sound before this one is not said any more.
    this.sending?.abort();
    if (body.size > most) {
      this.say(
        `${name} has ${body.size.toLocaleString('en')} bytes; a sound has at most ${most.toLocaleString('en')}. Cut or compress it.`,
        true,
      );
      return;
    }
    const { signal } = (this.sending = new AbortController());
    this.say(`Reading ${name}…`);
    try {
      const answer = await fetch(`api/v1/saes/${this.getAttribute('sae')}/sounds?file=${encodeURIComponent(name)}`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/octet-stream' },
        signal,
      });
      const brought = await answer.json().catch(() => null);
      if (!answer.ok) {
        this.say(brought?.detail ?? `The site answered ${answer.status}; ${name} was not read.`, true);
        return;
      }
      this.say([`${brought.name}, ${brought.seconds.toFixed(1)} s.`, ...brought.notes].join(' '));
      this.dispatchEvent(new CustomEvent('sound-brought', { bubbles: true, detail: brought }));
      if (this.hasAttribute('keep')) {
        const field = this.querySelector('[data-brought]');
        field.value = JSON.stringify(brought);
        field.dispatchEvent(new Event('change', { bubbles: true }));
        return;
      }
      globalThis.Blazor?.navigateTo(addressWith({ ...others, sound: brought.id, name: brought.name }));
    } catch (error) {
      if (error.name !== 'AbortError') this.say(`The site could not be reached: ${name} was not read.`, true);
    }
  }
}

customElements.define('sound-drop', SoundDrop);
