// What an annotator has said of one item so far: plain data that can be kept as a draft, and what follows from it. No page, no network.
export const VERDICTS = ['accept', 'edit', 'reject', 'split', 'uninterpretable', 'unsure'];
export const VOTES = ['fits', 'doesNotFit', 'unsure'];

const LONGEST_PAUSE = 60; // s without a sign of work that still count as work

// A fresh one, or the draft that was kept of it. now: seconds.
export function begin(item, draft, now) {
  const kept = draft && typeof draft === 'object' ? draft : {};
  const rows = new Set(item.clips.map(clip => clip.row));
  const votes = {};
  for (const each of Array.isArray(kept.clips) ? kept.clips : [])
    if (rows.has(each?.row) && VOTES.includes(each.vote)) votes[each.row] = each.vote;
  return {
    votes,
    verdict: VERDICTS.includes(kept.verdict) ? kept.verdict : null,
    label: typeof kept.label === 'string' ? kept.label : '',
    specificity: [1, 2, 3, 4, 5].includes(kept.specificity) ? kept.specificity : null,
    tags: Array.isArray(kept.tags) ? kept.tags.filter(tag => typeof tag === 'string') : [],
    note: typeof kept.note === 'string' ? kept.note : '',
    revealed: kept.revealed === true,
    seconds: Number.isFinite(kept.seconds) && kept.seconds >= 0 ? kept.seconds : 0,
    active: now,
  };
}

// Time counts while there are signs of work: a lunch does not.
export function touch(work, now) {
  return { ...work, seconds: work.seconds + Math.min(LONGEST_PAUSE, Math.max(0, now - work.active)), active: now };
}

// Whether the person has said something that would be a loss.
export function isBegun(work) {
  return (
    work.verdict !== null ||
    work.label.trim() !== '' ||
    work.specificity !== null ||
    work.tags.length > 0 ||
    work.note.trim() !== '' ||
    Object.keys(work.votes).length > 0
  );
}

// What the item is called so far: its label, else a machine's suggestion. Null: nothing.
export function proposed(item) {
  return item.label?.text ?? item.suggestion ?? null;
}

// Whether the proposed label is shown: in a queue that is blind first, when the person has typed a label of their own, or asked to see it.
export function shows(item, work, mode) {
  return proposed(item) !== null && (mode !== 'blindFirst' || item.practice || work.revealed);
}

export function vote(work, row, what) {
  const votes = { ...work.votes };
  if (votes[row] === what) delete votes[row];
  else votes[row] = what;
  return { ...work, votes };
}

// The clip to judge after a row, in the order of the page: the next without a vote, from there on and then from the beginning. Null: all have one.
export function nextToJudge(item, work, row) {
  const at = item.clips.findIndex(clip => clip.row === row),
    order = [...item.clips.slice(at + 1), ...item.clips.slice(0, at + 1)];
  return order.find(clip => !work.votes[clip.row])?.row ?? null;
}

// What keeps the work from being sent, as a sentence; null: nothing.
export function obstacle(item, work) {
  if (work.verdict === null) return work.label.trim() ? null : 'Choose a verdict first, or type a label (e).';
  if (work.verdict === 'edit' && !work.label.trim()) return 'Type the label (e), or choose another verdict.';
  if (work.verdict === 'accept' && !(work.label.trim() || proposed(item))) return 'There is no label to accept: type one (e).';
  return null;
}

// The verdict that is sent: a label that was typed without a verdict is an edit, or acceptance when it is the one proposed.
export function verdictOf(item, work) {
  if (work.verdict) return work.verdict;
  return same(work.label, proposed(item)) ? 'accept' : 'edit';
}

// The body of the request. mode: the queue's, which says whether the proposed label was shown.
export function request(item, work, mode) {
  const verdict = verdictOf(item, work),
    names = verdict === 'accept' || verdict === 'edit',
    label = verdict === 'accept' ? (proposed(item) ?? work.label.trim()) : verdict === 'edit' ? work.label.trim() : null;
  return {
    queue: item.queue,
    feature: item.feature,
    verdict,
    label: names ? label : null,
    shown: shows(item, work, mode) ? proposed(item) : null,
    clips: item.clips.filter(clip => work.votes[clip.row]).map(({ row }) => ({ row, vote: work.votes[row] })),
    specificity: work.specificity,
    tags: work.tags,
    note: work.note.trim() || null,
    seenRevision: item.labelRevision,
    seconds: Math.round(10 * work.seconds) / 10,
    writesLabel: true,
  };
}

// The draft: what begin() takes again.
export function draftOf(item, work) {
  const { verdict, label, specificity, tags, note, revealed, seconds } = work;
  const clips = item.clips.filter(clip => work.votes[clip.row]).map(({ row }) => ({ row, vote: work.votes[row] }));
  return { verdict, label, clips, specificity, tags, note, revealed, seconds: Math.round(10 * seconds) / 10 };
}

const same = (one, other) => other !== null && one.trim().toLowerCase() === other.trim().toLowerCase();
