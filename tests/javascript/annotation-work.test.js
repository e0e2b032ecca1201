import { expect, test } from 'vitest';
import * as work from '../../wwwroot/js/annotate/work.js';

const item = {
  queue: 'queue-1',
  feature: 7,
  practice: false,
  suggestion: 'taiko drums',
  label: null,
  labelRevision: 3,
  clips: [{ row: 11 }, { row: 12 }, { row: 13 }],
};
const fresh = () => work.begin(item, null, 0);

test('a draft comes back as it was kept, and nonsense in it is left out', () => {
  let said = work.vote(work.vote(fresh(), 12, 'fits'), 13, 'unsure');
  said = { ...said, label: 'low drums', verdict: 'edit', specificity: 4, tags: ['loud'], note: 'n', revealed: true };
  const again = work.begin(item, JSON.parse(JSON.stringify(work.draftOf(item, said))), 0);
  expect(again).toEqual(said);
  expect(
    work.begin(
      item,
      {
        clips: [
          { row: 99, vote: 'fits' },
          { row: 11, vote: 'maybe' },
        ],
        verdict: 'yes',
        specificity: 9,
        tags: 'x',
        seconds: -1,
      },
      0,
    ),
  ).toEqual(fresh());
  expect(work.begin(item, 'text', 0)).toEqual(fresh());
});

test('the same vote again takes it back, and the next clip to judge is the next one without a vote', () => {
  let said = work.vote(fresh(), 11, 'fits');
  expect(work.nextToJudge(item, said, 11)).toBe(12);
  said = work.vote(work.vote(said, 12, 'doesNotFit'), 13, 'fits');
  expect(work.nextToJudge(item, said, 13)).toBe(null);
  said = work.vote(said, 11, 'fits');
  expect(said.votes).toEqual({ 12: 'doesNotFit', 13: 'fits' });
  expect(work.nextToJudge(item, said, 13)).toBe(11);
  // From an example, which is not voted on: the first.
  expect(work.nextToJudge(item, fresh(), 5)).toBe(11);
});

test('a typed label is an edit, and acceptance when it is the proposed one', () => {
  expect(work.request(item, { ...fresh(), label: ' low drums ' })).toMatchObject({
    verdict: 'edit',
    label: 'low drums',
    seenRevision: 3,
    clips: [],
    note: null,
    shown: 'taiko drums',
  });
  expect(work.request(item, { ...fresh(), label: 'Taiko Drums' })).toMatchObject({ verdict: 'accept', label: 'taiko drums' });
  expect(work.request(item, { ...fresh(), verdict: 'accept', label: 'low drums' })).toMatchObject({
    verdict: 'accept',
    label: 'taiko drums',
  });
  expect(work.request(item, { ...fresh(), verdict: 'reject', label: 'low drums' })).toMatchObject({ verdict: 'reject', label: null });
});

test('what is sent says which label was shown: votes are about it where none is named', () => {
  const rejected = { ...fresh(), verdict: 'reject' };
  expect(work.request(item, rejected, 'labelFirst').shown).toBe('taiko drums');
  expect(work.request(item, rejected, 'blindFirst').shown).toBe(null);
  expect(work.request(item, { ...rejected, revealed: true }, 'blindFirst').shown).toBe('taiko drums');
  expect(work.request({ ...item, label: { text: 'kick' } }, rejected, 'labelFirst').shown).toBe('kick');
  expect(work.request({ ...item, suggestion: null }, rejected, 'labelFirst').shown).toBe(null);
});

test('what cannot be sent says what is missing', () => {
  const bare = { ...item, suggestion: null };
  expect(work.obstacle(item, fresh())).toContain('verdict');
  expect(work.obstacle(item, { ...fresh(), verdict: 'edit' })).toContain('Type the label');
  expect(work.obstacle(bare, { ...fresh(), verdict: 'accept' })).toContain('no label to accept');
  expect(work.obstacle(bare, { ...fresh(), label: 'x' })).toBe(null);
  expect(work.obstacle(item, { ...fresh(), verdict: 'split' })).toBe(null);
});

test('in a blind queue the suggestion is hidden until it is revealed; practice items and other queues show it', () => {
  expect(work.shows(item, fresh(), 'blindFirst')).toBe(false);
  expect(work.shows(item, { ...fresh(), revealed: true }, 'blindFirst')).toBe(true);
  expect(work.shows(item, fresh(), 'labelFirst')).toBe(true);
  expect(work.shows({ ...item, practice: true }, fresh(), 'blindFirst')).toBe(true);
  expect(work.shows({ ...item, suggestion: null }, fresh(), 'labelFirst')).toBe(false);
  expect(work.proposed({ ...item, label: { text: 'harp' } })).toBe('harp');
});

test('time counts between signs of work, a long pause as a minute', () => {
  let said = work.touch(fresh(), 5);
  expect(said.seconds).toBe(5);
  said = work.touch(said, 3605);
  expect(said.seconds).toBe(65);
  expect(work.touch(said, 3600).seconds).toBe(65);
  expect(work.isBegun(fresh())).toBe(false);
  expect(work.isBegun({ ...fresh(), note: 'x' })).toBe(true);
});
