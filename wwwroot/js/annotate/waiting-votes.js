// <waiting-votes person="…">, in the top bar of every page: votes that wait in this browser are sent from wherever one is, and how many wait is shown.
import { share } from './shared-outbox.js';

export class WaitingVotes extends HTMLElement {
  static observedAttributes = ['person'];
  static patience = 1000; // ms: what is sent at once is not worth a word

  connectedCallback() {
    this.open();
  }

  disconnectedCallback() {
    this.end();
  }

  attributeChangedCallback(name, before, now) {
    if (this.isConnected && before !== now) this.open();
  }

  async open() {
    const person = this.getAttribute('person');
    this.end();
    if (!person) return;
    const { outbox, release } = share(person);
    this.release = release;
    try {
      await outbox.open();
    } catch {
      // A private window keeps nothing, so that nothing waits.
      return;
    }
    if (this.release === release) this.leave = outbox.subscribe(state => this.show(state));
  }

  end() {
    clearTimeout(this.timer);
    this.leave?.();
    this.release?.();
    this.leave = this.release = null;
    this.replaceChildren();
  }

  show({ votes, refused, away }) {
    clearTimeout(this.timer);
    const draw = () => this.draw(votes, refused, away);
    if (votes + refused.length === 0 || this.firstChild) draw();
    else this.timer = setTimeout(draw, WaitingVotes.patience);
  }

  draw(votes, refused, away) {
    const shown = [];
    if (votes > 0) {
      const what = document.createElement('span');
      what.className = 'tag';
      what.textContent = `${votes} waiting`;
      what.title = `${votes === 1 ? 'A vote waits' : `${votes} votes wait`} in this browser${away ? ': the site is away' : ''}. ${votes === 1 ? 'It is' : 'They are'} sent by itself from any page of the site.`;
      shown.push(what);
    }
    const [first] = refused.filter(each => each.body?.queue);
    if (first) {
      const link = document.createElement('a');
      link.className = 'tag warn';
      link.href = `annotate/${first.body.queue}`;
      link.textContent = `${refused.length} refused`;
      link.title = 'The site could not count what you sent. Open its queue and decide what becomes of it.';
      shown.push(link);
    }
    this.replaceChildren(...shown);
  }
}

customElements.define('waiting-votes', WaitingVotes);
