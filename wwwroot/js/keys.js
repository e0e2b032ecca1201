// Keys act here and never wait for the server. A page or element binds a scope of keys; "?" lists what is bound now.
//   bind('Feature', { s: { label: 'Steer with this', run() {…} } }) returns a function that takes the scope back.
// A key is event.key, two after each other ("g r"), "Shift+1" (a digit with Shift, whatever it types on this keyboard) or "Ctrl+Z" (also ⌘).
// Keys are off inside fields; a declarative form needs no module:
//   <button data-key="s" data-key-label="Steer with this">…  is clicked when s is pressed.
import { chosenKey, chosenKeys, choose, forget } from './key-choices.js';

const scopes = [];
let first = null;
let firstAt = 0;

export function bind(name, defined) {
  const scope = { name, defined, keys: chosenKeys(name, defined) };
  for (const other of scopes) {
    for (const key of Object.keys(scope.keys)) {
      if (other.name === name && other.keys[key]) throw new Error(`${name} binds "${key}" twice.`);
    }
  }
  scopes.push(scope);
  changed();
  return () => {
    const at = scopes.indexOf(scope);
    if (at >= 0) scopes.splice(at, 1);
  };
}

// Where keys are named, they are named as they are now (key-cap.js).
const changed = () => document.dispatchEvent(new CustomEvent('sae:keys'));

// The key that an action of a scope has now. defined: the key before a person chose another.
export function keyOf(name, defined) {
  const scope = scopes.find(each => each.name === name && defined in each.defined);
  if (!scope) return chosenKey(name, defined);
  return Object.keys(scope.keys).find(key => scope.keys[key].defined === defined) ?? defined;
}

// Gives an action of a scope another key. Answers what is wrong, as a sentence, or null.
export function rebind(name, defined, key) {
  const taken = scopes.find(scope => scope.name === name && scope.keys[key] && scope.keys[key].defined !== defined);
  if (taken) return `${shown(key)} is “${taken.keys[key].label}” already.`;
  choose(name, defined, key);
  for (const scope of scopes) scope.keys = chosenKeys(scope.name, scope.defined);
  changed();
  return null;
}

// Every action has its own key again.
export function rebindAll() {
  forget();
  for (const scope of scopes) scope.keys = chosenKeys(scope.name, scope.defined);
  changed();
}

const shown = key => (key === ' ' ? 'Space' : key);

// What is bound on this page now, for the help and for tests. defined: the key before a person chose another; undefined: it cannot be changed.
export function bound() {
  const list = scopes.map(scope => ({
    name: scope.name,
    keys: Object.entries(scope.keys).map(([key, what]) => ({ key, label: what.label, defined: what.defined })),
  }));
  const declared = [...document.querySelectorAll('[data-key]')].filter(visible);
  const here = new Map(declared.map(element => [element.dataset.key, element.dataset.keyLabel ?? element.textContent.trim()]));
  if (here.size) list.push({ name: 'This page', keys: [...here].map(([key, label]) => ({ key, label })) });
  return list;
}

function visible(element) {
  return element.offsetParent !== null && !element.disabled;
}

function inField(target) {
  return target.closest?.('input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]') != null;
}

// What the page itself declares comes before what holds everywhere.
function find(key) {
  const element = [...document.querySelectorAll('[data-key]')].find(each => each.dataset.key === key && visible(each));
  if (element) return () => (element.matches('input, textarea, select') ? element.focus() : element.click());
  for (let i = scopes.length - 1; i >= 0; i--) if (scopes[i].keys[key]) return scopes[i].keys[key].run;
  return null;
}

// The name of a key as it is bound; null: never bound.
function nameOf(event) {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? null : `Ctrl+${event.key.toUpperCase()}`;
  return event.shiftKey && /^Digit\d$/.test(event.code) && find(`Shift+${event.code.at(-1)}`) ? `Shift+${event.code.at(-1)}` : event.key;
}

document.addEventListener('keydown', event => {
  const key = event.defaultPrevented ? null : nameOf(event);
  if (key === null) return;
  if (inField(event.target)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (document.querySelector('dialog[open]:not(.reconnect)') && event.key !== '?') return;
  // An open menu and a dialog have keys of their own; the page behind them has none.
  if (event.target.closest?.('[role=menu], [role=dialog]')) return;
  const item = document.querySelector('[role=menu] [role=menuitem]:not([aria-disabled=true])');
  if (item) {
    // One that was opened with the pointer does not have the focus yet.
    item.focus();
    if (event.key === 'Escape') item.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }));
    event.preventDefault();
    return;
  }
  const now = performance.now();
  const pair = first && now - firstAt < 1200 ? `${first} ${key}` : null;
  const run = (pair && find(pair)) || find(key);
  first = key === 'g' && !pair ? 'g' : null;
  firstAt = now;
  // A focused button keeps its own Space and Enter; a link has its own Enter only.
  const own = event.key === ' ' ? 'button, summary, [role=button]' : event.key === 'Enter' ? 'button, a, summary, [role=button]' : null;
  if (run && !(own && event.target.closest?.(own))) {
    event.preventDefault();
    run(event);
  }
});

const go = (path, label) => ({ label, run: () => globalThis.Blazor?.navigateTo(path) });
bind('Everywhere', {
  'g h': go('', 'Home'),
  'g r': go('runs', 'Runs'),
  'g f': go('features', 'Features'),
  'g a': go('annotate', 'Annotate'),
  'g s': go('studio', 'Studio'),
  'g p': go('presets', 'Presets'),
  'g d': go('data', 'Data'),
  'g j': go('jobs', 'Jobs'),
  '?': { label: 'This list', run: () => toggleHelp() },
});

function toggleHelp() {
  let dialog = document.getElementById('key-help');
  if (dialog?.open) {
    dialog.close();
    return;
  }
  dialog?.remove();
  dialog = document.createElement('dialog');
  dialog.id = 'key-help';
  dialog.className = 'key-help';
  dialog.setAttribute('aria-label', 'Keys');
  const title = document.createElement('h2');
  title.textContent = 'Keys';
  dialog.append(title);
  for (const scope of bound()) {
    const section = document.createElement('section');
    const heading = document.createElement('h3');
    heading.textContent = scope.name;
    const list = document.createElement('dl');
    for (const { key, label, defined } of scope.keys) {
      const term = document.createElement('dt');
      // A press of it takes the next key.
      const place = defined === undefined ? term : term.appendChild(changer(dialog, scope.name, defined, label));
      caps(place, key);
      const what = document.createElement('dd');
      what.textContent = label;
      list.append(term, what);
    }
    section.append(heading, list);
    dialog.append(section);
  }
  const said = document.createElement('p');
  said.className = 'small muted';
  said.setAttribute('role', 'status');
  said.textContent = 'Press a key here to change it. Your choice is kept in this browser.';
  const reset = document.createElement('button');
  reset.type = 'button';
  reset.className = 'quiet';
  reset.textContent = 'All keys as they were';
  reset.addEventListener('click', () => {
    rebindAll();
    dialog.close();
    toggleHelp();
  });
  dialog.append(said);
  if (scopes.some(scope => Object.entries(scope.keys).some(([key, what]) => key !== what.defined))) dialog.append(reset);
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  dialog.append(close);
  dialog.addEventListener('click', event => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

// A key as caps: one for each key that is pressed after the other.
export function caps(place, key) {
  for (const part of key === ' ' ? ['Space'] : key.split(' ')) {
    const cap = document.createElement('kbd');
    cap.textContent = part.replace('ArrowLeft', '←').replace('ArrowRight', '→').replace('ArrowUp', '↑').replace('ArrowDown', '↓');
    place.append(cap);
  }
}

// The caps of a key as a button: pressed, it waits for another key.
function changer(dialog, scope, defined, label) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'key-change';
  button.title = `Change the key of “${label}”`;
  let armed = false;
  button.addEventListener('click', () => {
    if (armed) return;
    armed = true;
    button.textContent = 'press a key';
    const take = event => {
      if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      const wanted =
        event.key === 'Escape' || event.key === 'Tab'
          ? null
          : event.shiftKey && /^Digit\d$/.test(event.code)
            ? `Shift+${event.code.at(-1)}`
            : nameOf(event);
      const said = dialog.querySelector('[role=status]'),
        wrong = wanted === null ? null : rebind(scope, defined, wanted);
      // Refused, it keeps waiting: the next press is another try.
      if (wrong) {
        said.textContent = `${wrong} Press another key for “${label}”, or Escape to keep the one it has.`;
        return;
      }
      stop();
      said.textContent = wanted === null ? 'Nothing was changed.' : `“${label}” has its new key.`;
    };
    const stop = () => {
      armed = false;
      button.removeEventListener('keydown', take, true);
      button.removeEventListener('blur', stop);
      button.replaceChildren();
      caps(button, keyOf(scope, defined));
    };
    button.addEventListener('keydown', take, true);
    // Left with the pointer, it keeps its key.
    button.addEventListener('blur', stop);
    button.focus();
  });
  return button;
}

document.addEventListener('click', event => {
  if (event.target.closest('[data-action=help]')) toggleHelp();
});
