// Keys where they are named: <key-cap of="Annotate a"> is the key that the action has now, <key-cap of="Annotate Shift+1" to="Annotate Shift+5"> a
// row of them. A tooltip that ends in a key, title="Table (t)", gets the one of now by data-key-title="Atlas t".
import { caps, keyOf } from './keys.js';

const split = action => {
  const at = action.indexOf(' ');
  return [action.slice(0, at), action.slice(at + 1)];
};

export const keyNow = action => keyOf(...split(action));

customElements.define(
  'key-cap',
  class extends HTMLElement {
    connectedCallback() {
      document.addEventListener('sae:keys', this.show);
      this.show();
    }

    disconnectedCallback() {
      document.removeEventListener('sae:keys', this.show);
    }

    show = () => {
      const from = keyNow(this.getAttribute('of')),
        to = this.hasAttribute('to') ? keyNow(this.getAttribute('to')) : null;
      this.replaceChildren();
      // Of keys that differ in their last sign alone, the beginning is named once.
      if (to === null) caps(this, from);
      else caps(this, from.slice(0, -1) === to.slice(0, -1) ? `${from}…${to.slice(-1)}` : `${from}…${to}`);
    };
  },
);

function titled(event) {
  const element = event.target.closest?.('[data-key-title]');
  if (!element) return;
  const key = keyNow(element.dataset.keyTitle);
  element.title = element.title.replace(/ \([^()]*\)$/, ` (${key})`);
}

// A tooltip is read when it is pointed at: until then nothing has to follow.
addEventListener('pointerover', titled, true);
addEventListener('focusin', titled, true);
