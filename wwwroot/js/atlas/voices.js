// Plays the voice of the feature under the pointer, and fetches those near it before they are asked for. A voice is half a second of each of the
// clips in which a feature fires most strongly.
import { player } from '../audio/player.js';
import { fetchSource } from '../audio/source.js';

const REST = 25, // ms on a point before it sounds: a pointer on its way to another one is silent
  AT_ONCE = 2,
  MOST_WAITING = 10;

export class Voices {
  // names: what to call a feature; page: its address.
  constructor(sae, { nameOf, pageOf }) {
    Object.assign(this, { sae, nameOf, pageOf });
    this.wanted = null;
    this.waiting = [];
    this.fetching = new Set();
    this.isFetching = false;
    this.gone = new AbortController();
    this.have = new Set();
    // For tests and measurements: { feature, asked, sounding }, milliseconds of performance.now().
    this.last = null;
    this.leave = player.subscribe(state => {
      if (this.last && this.last.sounding === null && state.playing && state.id === this.idOf(this.last.feature) && state.position > 0)
        this.last.sounding = performance.now();
    });
  }

  urlOf(feature) {
    return `api/v1/saes/${encodeURIComponent(this.sae)}/features/${feature}/voice.wav`;
  }

  idOf(feature) {
    return `voice/${this.sae}/${feature}`;
  }

  // The pointer is on a feature now: it sounds when the pointer rests for a moment. What sounded before does so until then.
  hover(feature) {
    clearTimeout(this.resting);
    this.wanted = feature;
    if (feature === null) return;
    const asked = performance.now();
    this.resting = setTimeout(() => this.play(feature, asked), REST);
  }

  // Plays a feature's voice from its beginning. What has to be fetched is fetched one at a time, the latest next: a pointer may pass twenty
  // features a second, and the worker decodes whatever it was asked for.
  async play(feature, asked = performance.now()) {
    clearTimeout(this.resting);
    this.wanted = feature;
    this.last = { feature, asked, sounding: null, isStarted: false };
    if (this.have.has(feature)) return this.start(this.last);
    if (this.isFetching) return undefined;
    this.isFetching = true;
    while (!this.last.isStarted && this.wanted === this.last.feature && !this.gone.signal.aborted) await this.start(this.last);
    this.isFetching = false;
    return undefined;
  }

  // Fetches a voice, and plays it unless another one was asked for meanwhile.
  async start(last) {
    const { feature } = last;
    last.isStarted = true;
    try {
      const source = await fetchSource(this.urlOf(feature), this.gone.signal);
      this.have.add(feature);
      if (this.last !== last || this.wanted !== feature) return;
      await player.playArms({
        id: this.idOf(feature),
        title: this.nameOf(feature),
        page: this.pageOf(feature),
        arms: { '': source },
        arm: '',
      });
    } catch (error) {
      if (error.name !== 'AbortError') document.dispatchEvent(new CustomEvent('sae:sound-error', { detail: error.message }));
    }
  }

  toggle(feature) {
    if (player.state.id === this.idOf(feature)) player.toggle();
    else this.play(feature);
  }

  // Fetches what may be asked for next, nearest first. What is no longer near is not asked for; what was asked for is waited for, because the
  // worker decodes it in any case, and another request would wait behind it.
  near(features) {
    this.waiting = features.filter(feature => !this.have.has(feature) && !this.fetching.has(feature)).slice(0, MOST_WAITING);
    this.next();
  }

  next() {
    while (this.fetching.size < AT_ONCE && this.waiting.length > 0) {
      const feature = this.waiting.shift();
      this.fetching.add(feature);
      fetchSource(this.urlOf(feature), this.gone.signal)
        .then(
          () => this.have.add(feature),
          () => {},
        )
        .finally(() => {
          this.fetching.delete(feature);
          this.next();
        });
    }
  }

  end() {
    clearTimeout(this.resting);
    this.waiting = [];
    this.gone.abort();
    this.leave();
  }
}
