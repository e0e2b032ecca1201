// <arm-meter take="take-…" arm="C">: how loud an arm is at the ear: the bar is its RMS, the mark its highest peak of the last second, both from −60 dB to
// 0 dBFS. All arms of a take move, also those that are not heard. For the eye alone: screen readers pass it over.
import { player } from '../audio/player.js';

const FLOOR = -60; // dB
const HOLD = 1000; // ms that a peak stays

// Where a linear level is on the meter, 0 … 1.
export const placeOf = level => (level > 0 ? Math.min(1, Math.max(0, 1 - (20 * Math.log10(level)) / FLOOR)) : 0);

class ArmMeter extends HTMLElement {
  connectedCallback() {
    if (!this.bar) {
      this.innerHTML = '<i class="rms"></i><i class="peak"></i>';
      [this.bar, this.mark] = this.children;
      this.setAttribute('aria-hidden', 'true');
    }
    this.peak = 0;
    this.subscriptions = [
      player.onMeters(levels => this.show(levels[this.getAttribute('arm')])),
      player.subscribe(() => {
        if (!this.mine || !player.state.playing) this.show(null);
      }),
    ];
    this.show(null);
  }

  disconnectedCallback() {
    for (const unsubscribe of this.subscriptions ?? []) unsubscribe();
    this.subscriptions = [];
  }

  get mine() {
    return player.state.id === `take:${this.getAttribute('take')}`;
  }

  show(level) {
    const now = performance.now();
    if (!level || !this.mine) this.peak = 0;
    else if (level.peak >= this.peak || now - this.peakAt > HOLD) {
      this.peak = level.peak;
      this.peakAt = now;
    }
    this.bar.style.width = `${100 * placeOf(level && this.mine ? level.rms : 0)}%`;
    this.mark.style.left = `${100 * placeOf(this.peak)}%`;
    this.mark.hidden = this.peak === 0;
  }
}

customElements.define('arm-meter', ArmMeter);
