// The keys that a person chose instead of those that a scope defines: { "Annotate a": "x" }, kept in this browser.
const STORED = 'sae.keys';

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED));
    return kept && typeof kept === 'object' && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

function write(choices) {
  try {
    if (Object.keys(choices).length > 0) localStorage.setItem(STORED, JSON.stringify(choices));
    else localStorage.removeItem(STORED);
  } catch {
    // No storage: the choice holds until the page is left.
  }
}

let choices = read();

// The key that was chosen for an action, or the one it is defined by.
export function chosenKey(name, defined) {
  const key = choices[`${name} ${defined}`];
  return typeof key === 'string' && key.length > 0 ? key : defined;
}

// A scope's actions by the keys they have now: each also says by which key it is defined. A choice that two actions would share is left out.
export function chosenKeys(name, defined) {
  const keys = {};
  for (const [key, what] of Object.entries(defined)) {
    const chosen = choices[`${name} ${key}`];
    const free =
      typeof chosen === 'string' && chosen.length > 0 && (!(chosen in defined) || typeof choices[`${name} ${chosen}`] === 'string');
    keys[free && !keys[chosen] ? chosen : key] = { ...what, defined: key };
  }
  return keys;
}

export function choose(name, defined, key) {
  const action = `${name} ${defined}`;
  choices = { ...choices };
  if (key === defined) delete choices[action];
  else choices[action] = key;
  write(choices);
}

export function forget() {
  choices = {};
  write(choices);
}
