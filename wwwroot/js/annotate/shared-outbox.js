// One outbox for each person and page: the desk and the badge of the top bar share it.
import { Outbox } from './outbox.js';

const shared = new Map(); // person: { outbox, users }

// Gives it with a function that gives it back; the last one closes it. An outbox of another kind is for tests.
export function share(person, make = name => new Outbox({ name })) {
  let entry = shared.get(person);
  if (!entry) {
    entry = { outbox: make(`sae-outbox ${person}`.trim()), users: 0 };
    shared.set(person, entry);
  }
  entry.users++;
  let given = false;
  const release = () => {
    if (given) return;
    given = true;
    if (--entry.users > 0) return;
    shared.delete(person);
    entry.outbox.close();
  };
  return { outbox: entry.outbox, release };
}
