// Comments on their way to the site. A draft is { text, row, from, to, id, version }: row, from and to are null for a comment on the whole
// feature; id and version are those of a comment that is being changed.
import { Drafts } from './drafts.js';

export const commentDrafts = new Drafts('comment');

// What is sent of a draft.
export function bodyOf({ text, row, from, to, id, version }) {
  const clip = row === null || row === undefined ? null : from === null || to === null ? { row } : { row, from, to };
  return id ? { text, clip, basedOn: version } : { text, clip };
}

// Saves a new comment, or the change of one. Throws an error with a message for the person; error.current is the comment as another window changed it.
export const saveComment = (sae, feature, draft) =>
  draft.id
    ? commentDrafts.send('PUT', `api/v1/comments/${encodeURIComponent(draft.id)}`, bodyOf(draft))
    : commentDrafts.send('POST', `api/v1/saes/${encodeURIComponent(sae)}/features/${feature}/comments`, bodyOf(draft));
