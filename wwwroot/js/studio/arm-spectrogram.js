// <arm-spectrogram take="take-…" arm="C" arms="A,C" label="arm C, steered">: the mel spectrogram of a finished arm, computed here, a few columns a
// frame. Every arm has the same scale, so that they compare. The playhead moves over it.
import { fetchSource } from '../audio/source.js';
import { player } from '../audio/player.js';
import { BANDS, FLOOR, LOWEST, MelPicture } from './mel-picture.js';
import { sessionOf } from './take-session.js';

const COLUMNS = 800,
  SLICE = 8; // ms of work in a frame

class ArmSpectrogram extends HTMLElement {
  connectedCallback() {
    const take = this.getAttribute('take'),
      arm = this.getAttribute('arm');
    this.session = sessionOf(take, this.getAttribute('arms').split(','));
    this.canvas = Object.assign(document.createElement('canvas'), { width: COLUMNS, height: BANDS });
    this.cursor = document.createElement('i');
    this.replaceChildren(this.canvas, this.cursor);
    this.setAttribute('role', 'img');
    this.setAttribute('aria-label', `Spectrogram of ${this.getAttribute('label')}: not computed yet`);
    this.stop = new AbortController();
    this.leave = player.subscribe(state => this.follow(state));
    const redraw = () => this.picture && this.draw();
    document.addEventListener('sae:theme', redraw, { signal: this.stop.signal });
    void this.compute(`api/v1/takes/${take}/${arm}.wav`, arm, this.stop.signal);
  }

  disconnectedCallback() {
    this.stop.abort();
    this.leave();
  }

  async compute(url, arm, signal) {
    try {
      const own = this.session.sources[arm],
        source = own?.complete ? own : await fetchSource(url, signal);
      if (signal.aborted) return;
      this.seconds = source.length / source.rate;
      this.picture = new MelPicture(source.mixed().subarray(0, source.length), source.rate, COLUMNS);
      for (let i = 0; i < COLUMNS;) {
        for (const began = performance.now(); i < COLUMNS && performance.now() - began < SLICE; i++) this.picture.column(i);
        await new Promise(resume => requestAnimationFrame(resume));
        if (signal.aborted) return;
      }
      this.draw();
      this.setAttribute(
        'aria-label',
        `Spectrogram of ${this.getAttribute('label')}: ${LOWEST} Hz to ${source.rate / 2000} kHz on the mel scale, ${FLOOR} to 0 dB of full scale`,
      );
      this.dispatchEvent(new Event('sae:drawn'));
    } catch (error) {
      if (!signal.aborted)
        this.setAttribute('aria-label', `The spectrogram of ${this.getAttribute('label')} cannot be drawn: ${error.message}`);
    }
  }

  draw() {
    const pen = this.canvas.getContext('2d');
    if (!pen) return;
    const style = getComputedStyle(this),
      [quiet, loud] = ['--bg', '--text'].map(name => rgb(pen, style.getPropertyValue(name))),
      image = pen.createImageData(COLUMNS, BANDS);
    for (let column = 0; column < COLUMNS; column++)
      for (let band = 0; band < BANDS; band++) {
        const level = 1 - this.picture.values[column * BANDS + band] / FLOOR,
          at = 4 * ((BANDS - 1 - band) * COLUMNS + column);
        for (let channel = 0; channel < 3; channel++) image.data[at + channel] = quiet[channel] + level * (loud[channel] - quiet[channel]);
        image.data[at + 3] = 255;
      }
    pen.putImageData(image, 0, 0);
  }

  follow({ id, position }) {
    const here = id === this.session.id && this.seconds ? position / this.seconds : null;
    this.cursor.hidden = here === null;
    if (here !== null) this.cursor.style.left = `${100 * Math.min(1, here)}%`;
  }
}

// A colour of the look as red, green, blue.
function rgb(pen, colour) {
  pen.fillStyle = colour.trim();
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
}

customElements.define('arm-spectrogram', ArmSpectrogram);
