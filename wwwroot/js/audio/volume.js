// <sound-volume>: a mute button and a slider, remembered in this browser.
import { player } from './player.js';

class SoundVolume extends HTMLElement {
  connectedCallback() {
    if (!this.firstChild) {
      this.innerHTML = `<button type="button" class="icon-button"><svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#volume-2"></use></svg></button>
        <input type="range" min="0" max="1" step="0.01" class="wide-only" aria-label="Volume" title="Volume">`;
      this.querySelector('button').addEventListener('click', () => player.setMuted(!player.muted));
      this.querySelector('input').addEventListener('input', event => player.setVolume(Number(event.target.value)));
    }
    this.draw = () => {
      const button = this.querySelector('button'),
        words = player.muted ? 'Sound on' : 'Mute';
      button.setAttribute('aria-pressed', player.muted);
      button.setAttribute('aria-label', words);
      button.title = words;
      this.querySelector('use').setAttribute('href', `lib/icons.svg#${player.muted ? 'volume-x' : 'volume-2'}`);
      this.querySelector('input').value = player.muted ? 0 : player.volume;
    };
    this.draw();
    document.addEventListener('sae:volume', this.draw);
  }

  disconnectedCallback() {
    document.removeEventListener('sae:volume', this.draw);
  }
}

customElements.define('sound-volume', SoundVolume);
