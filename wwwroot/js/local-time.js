// <local-time day><time datetime="2026-11-29T13:05:00Z">29 Nov 13:05 UTC</time></local-time>: the moment in the reader's own time zone, "3 min ago"
// while it is fresh; the full time of both zones is its title. The text inside is for browsers without JavaScript.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const shown = new Set();

const format = options => new Intl.DateTimeFormat('en-GB', options);
const minute = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const day = format({ day: 'numeric', month: 'short' });
const year = format({ day: 'numeric', month: 'short', year: 'numeric' });
const full = format({ dateStyle: 'full', timeStyle: 'long' });
const time = format({ hour: '2-digit', minute: '2-digit' });

const sameDay = (a, b) => a.toDateString() === b.toDateString();

// The text for a moment, as of now.
export function textOf(moment, now, dayOnly = false) {
  const ago = now - moment;
  if (moment.getFullYear() !== now.getFullYear() && Math.abs(ago) > 24 * HOUR) return year.format(moment);
  if (dayOnly) return sameDay(moment, now) ? 'today' : day.format(moment);
  if (Math.abs(ago) < MINUTE) return 'just now';
  if (ago > 0 && ago < HOUR) return `${Math.floor(ago / MINUTE)} min ago`;
  return sameDay(moment, now) ? `today ${time.format(moment)}` : minute.format(moment).replace(',', '');
}

class LocalTime extends HTMLElement {
  static observedAttributes = ['day'];

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).append(document.createElement('span'));
  }

  connectedCallback() {
    shown.add(this);
    this.changes = new MutationObserver(() => this.draw());
    this.changes.observe(this, { childList: true, subtree: true, attributeFilter: ['datetime'] });
    this.draw();
  }

  disconnectedCallback() {
    shown.delete(this);
    this.changes.disconnect();
  }

  attributeChangedCallback() {
    this.draw();
  }

  draw() {
    const moment = new Date(this.querySelector('time')?.getAttribute('datetime'));
    if (Number.isNaN(moment.getTime())) return;
    const text = textOf(moment, new Date(), this.hasAttribute('day'));
    const span = this.shadowRoot.firstChild;
    if (span.textContent !== text) span.textContent = text;
    span.title = `${full.format(moment)} (${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
  }
}

setInterval(() => {
  for (const each of shown) each.draw();
}, MINUTE / 2);

customElements.define('local-time', LocalTime);
