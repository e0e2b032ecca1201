// Labels on their way to the site. What is typed is kept in this browser until the site has it: a reload, a restart of the site or a full
// disk loses nothing. A draft is { text, note, basedOn }; note is undefined until it was read or typed.
const PREFIX = 'sae.label ';
const KEPT_ALIVE = 20_000;

const keyOf = (sae, feature) => `${PREFIX}${sae}:${feature}`;

export function readDraft(sae, feature) {
  try {
    const draft = JSON.parse(localStorage.getItem(keyOf(sae, feature)));
    return typeof draft?.text === 'string' ? draft : null;
  } catch {
    return null;
  }
}

export function writeDraft(sae, feature, draft) {
  try {
    if (draft) localStorage.setItem(keyOf(sae, feature), JSON.stringify(draft));
    else localStorage.removeItem(keyOf(sae, feature));
  } catch {
    // No storage: the field itself still has the text.
  }
}

const addressOf = (sae, feature) => `api/v1/saes/${encodeURIComponent(sae)}/features/${feature}/label`;

// The current label: { text, note, revision, author }; text is empty where there is none.
export async function fetchLabel(sae, feature, signal) {
  const answer = await fetch(addressOf(sae, feature), { signal });
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

// Saves a label. Throws an error with a message for the person; error.current is the label that another person saved meanwhile.
export async function saveLabel(sae, feature, { text, note, basedOn }) {
  const body = JSON.stringify({ text, note, basedOn });
  let answer;
  try {
    answer = await fetch(addressOf(sae, feature), {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body,
      // Sent also while the page is being left. The browser refuses that for more than 64 KiB; a letter has up to three bytes.
      keepalive: body.length < KEPT_ALIVE,
    });
  } catch {
    throw new Error('The site could not be reached. Your label is kept in this browser.');
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

async function problemOf(answer) {
  const problem = await answer.json().catch(() => null);
  return Object.assign(new Error(problem?.detail ?? `The site answered ${answer.status}.`), {
    status: answer.status,
    current: problem?.current,
  });
}
