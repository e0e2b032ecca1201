// What the arms of a take are called; the letters are file names and keys.
export const ARM_WORDS = {
  A: 'baseline',
  C: 'steered',
  D: 'reversed',
  R: 'random direction',
  O: 'other feature',
  M: 'difference of means',
  E: 'reconstruction',
};
