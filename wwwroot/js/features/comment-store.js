// Comments on their way to the site, and what is typed until the site has it. A draft is { text, row, from, to, id, version }: row, from and to
// are null for a comment on the whole feature; id and version are those of a comment that is being changed.
const PREFIX = 'sae.comment ';
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

// What is sent of a draft.
export function bodyOf({ text, row, from, to, id, version }) {
  const clip = row === null || row === undefined ? null : from === null || to === null ? { row } : { row, from, to };
  return id ? { text, clip, basedOn: version } : { text, clip };
}

// Saves a new comment, or the change of one. Throws an error with a message for the person; error.current is the comment as another window changed it.
export async function saveComment(sae, feature, draft) {
  const address = draft.id
    ? `api/v1/comments/${encodeURIComponent(draft.id)}`
    : `api/v1/saes/${encodeURIComponent(sae)}/features/${feature}/comments`;
  const body = JSON.stringify(bodyOf(draft));
  let answer;
  try {
    answer = await fetch(address, {
      method: draft.id ? 'PUT' : 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      keepalive: body.length < KEPT_ALIVE,
    });
  } catch {
    throw new Error('The site could not be reached. Your comment is kept in this browser.');
  }
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => null);
  throw Object.assign(new Error(problem?.detail ?? `The site answered ${answer.status}.`), { current: problem?.current });
}
