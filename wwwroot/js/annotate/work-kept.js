// What was said of an item and not sent, kept in this browser at every change: a draft on its way to the site takes a moment, a reload does not wait.
const keyOf = ({ queue, feature }, person) => `sae.annotation ${person} ${queue}:${feature}`;

export function remember(item, draft, person) {
  try {
    localStorage.setItem(keyOf(item, person), JSON.stringify(draft));
  } catch {
    // No storage: the draft that is sent is all there is.
  }
}

export function recall(item, person) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(item, person)));
  } catch {
    return null;
  }
}

export function forget(item, person) {
  try {
    localStorage.removeItem(keyOf(item, person));
  } catch {
    // As above.
  }
}
