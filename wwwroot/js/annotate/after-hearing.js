// <after-hearing play-id="…" before="Clip 3" text="a soft taiko roll">: says the text when the sound of that id was heard on this page, something else before.
import { player } from '../audio/player.js';

const heard = new Set();
player.subscribe(({ id, playing }) => playing && id && heard.add(id));

customElements.define(
  'after-hearing',
  class extends HTMLElement {
    static observedAttributes = ['play-id', 'before', 'text'];

    connectedCallback() {
      this.leave = player.subscribe(() => this.show());
      this.show();
    }

    disconnectedCallback() {
      this.leave?.();
    }

    attributeChangedCallback() {
      this.show();
    }

    show() {
      const words = this.getAttribute(heard.has(this.getAttribute('play-id')) ? 'text' : 'before') ?? '';
      if (this.textContent !== words) this.textContent = words;
    }
  },
);
