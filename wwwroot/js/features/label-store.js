// Labels on their way to the site. A draft is { text, note, basedOn }; note is undefined until it was read or typed.
import { Drafts, problemOf } from './drafts.js';

export const labelDrafts = new Drafts('label');

const addressOf = (sae, feature) => `api/v1/saes/${encodeURIComponent(sae)}/features/${feature}/label`;

// The current label: { text, note, revision, author }; text is empty where there is none.
export async function fetchLabel(sae, feature, signal) {
  const answer = await fetch(addressOf(sae, feature), { signal });
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

// Saves a label. Throws an error with a message for the person; error.current is the label that another person saved meanwhile.
export const saveLabel = (sae, feature, { text, note, basedOn }) =>
  labelDrafts.send('PUT', addressOf(sae, feature), { text, note, basedOn });
