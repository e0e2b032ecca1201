// What was said of an item and not sent, kept in this browser at every change: a draft on its way to the site takes a moment, a reload does not wait.
const keyOf = ({ queue, feature }) => `sae.annotation ${queue}:${feature}`;

export function remember(item, draft) {
  try {
    localStorage.setItem(keyOf(item), JSON.stringify(draft));
  } catch {
    // No storage: the draft that is sent is all there is.
  }
}

export function recall(item) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(item)));
  } catch {
    return null;
  }
}

export function forget(item) {
  try {
    localStorage.removeItem(keyOf(item));
  } catch {
    // As above.
  }
}
