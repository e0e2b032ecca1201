// What is typed of a feature and not saved yet, and its way to the site. It is kept in this browser until the site has it: a reload, a restart of
// the site or a full disk loses nothing.
const KEPT_ALIVE = 20_000;

// Drafts of one kind: "label". A draft is an object with a text.
export class Drafts {
  constructor(kind) {
    this.kind = kind;
  }

  key(sae, feature) {
    return `sae.${this.kind} ${sae}:${feature}`;
  }

  read(sae, feature) {
    try {
      const draft = JSON.parse(localStorage.getItem(this.key(sae, feature)));
      return typeof draft?.text === 'string' ? draft : null;
    } catch {
      return null;
    }
  }

  // null takes it away.
  write(sae, feature, draft) {
    try {
      if (draft) localStorage.setItem(this.key(sae, feature), JSON.stringify(draft));
      else localStorage.removeItem(this.key(sae, feature));
    } catch {
      // No storage: the field itself still has the text.
    }
  }

  // Sends what a draft became; the answer. Throws an error with a message for the person: problemOf.
  async send(method, address, value) {
    const body = JSON.stringify(value);
    let answer;
    try {
      answer = await fetch(address, {
        method,
        headers: { 'Content-Type': 'application/json' },
        body,
        // Sent also while the page is being left. The browser refuses that for more than 64 KiB; a letter has up to three bytes.
        keepalive: body.length < KEPT_ALIVE,
      });
    } catch {
      throw new Error(`The site could not be reached. Your ${this.kind} is kept in this browser.`);
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer.json();
  }
}

// What the site said, as an error; its member current is what another window or person saved meanwhile.
export async function problemOf(answer) {
  const problem = await answer.json().catch(() => null);
  return Object.assign(new Error(problem?.detail ?? `The site answered ${answer.status}.`), {
    status: answer.status,
    current: problem?.current,
  });
}
