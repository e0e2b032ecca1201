// What a person wants to know wherever they are: a run ended, stalls or diverges. On a visible page a notice; on a hidden one the title says so,
// and the browser's own notification if it is allowed. <run-alert-bell running="1"> asks for that while something runs.
const SHOWN = 15_000; // ms

let unread = [];
let plainTitle = null;

function icon(name) {
  const holder = document.createElement('template');
  holder.innerHTML = `<svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#${name}"></use></svg>`;
  return holder.content.firstChild;
}

const isAllowed = () => globalThis.Notification?.permission === 'granted';

// alerts: [{ runId, title, text, href, isProblem }]
export function show(alerts) {
  for (const alert of alerts) {
    if (document.hidden) {
      unread.push(alert);
      if (isAllowed()) notify(alert);
    }
    if (!here(alert)) place(alert);
  }
  if (unread.length > 0) {
    plainTitle ??= document.title;
    document.title = unread.length === 1 ? `● ${unread[0].title}` : `● ${unread.length} runs have news`;
  }
}

// The run's own page says it already.
const here = alert => !document.hidden && location.pathname === new URL(alert.href, document.baseURI).pathname;

function notify({ runId, title, text, href }) {
  const note = new Notification(title, { body: text, tag: runId });
  note.onclick = () => {
    globalThis.focus();
    globalThis.Blazor?.navigateTo(href);
    note.close();
  };
}

function place({ title, text, href, isProblem }) {
  const list =
    document.querySelector('.run-alerts') ??
    document.body.appendChild(Object.assign(document.createElement('div'), { className: 'run-alerts' }));
  list.setAttribute('role', 'status');
  const item = document.createElement('div');
  item.className = `run-alert ${isProblem ? 'bad' : 'good'}`;
  const link = Object.assign(document.createElement('a'), { textContent: title, href });
  const words = document.createElement('p');
  words.append(link, Object.assign(document.createElement('span'), { className: 'small muted', textContent: text }));
  const close = Object.assign(document.createElement('button'), { type: 'button', className: 'icon-button' });
  close.setAttribute('aria-label', 'Close this notice');
  close.append(icon('x'));
  close.addEventListener('click', () => item.remove());
  item.append(icon(isProblem ? 'triangle-alert' : 'circle-check'), words, close);
  list.append(item);
  // What went wrong stays until it is closed or followed.
  link.addEventListener('click', () => item.remove());
  if (!isProblem) whenVisible(() => setTimeout(() => item.remove(), SHOWN));
}

function whenVisible(act) {
  if (!document.hidden) act();
  else document.addEventListener('visibilitychange', act, { once: true });
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || plainTitle === null) return;
  if (document.title.startsWith('●')) document.title = plainTitle;
  plainTitle = null;
  unread = [];
});

class RunAlertBell extends HTMLElement {
  static observedAttributes = ['running'];

  connectedCallback() {
    this.draw();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  draw() {
    const asks = Number(this.getAttribute('running')) > 0 && globalThis.Notification?.permission === 'default';
    if (!asks) {
      this.replaceChildren();
      return;
    }
    if (this.firstChild) return;
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'icon-button',
      title: 'Notify me when a run ends',
    });
    button.setAttribute('aria-label', 'Notify me when a run ends');
    button.append(icon('bell'));
    button.addEventListener('click', async () => {
      await Notification.requestPermission();
      this.draw();
    });
    this.append(button);
  }
}

customElements.define('run-alert-bell', RunAlertBell);
globalThis.saeAlerts = { show };
