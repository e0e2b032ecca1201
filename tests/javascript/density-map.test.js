// The map of firing rates: which rates a click means, and how many latents have them.
import { describe, expect, it } from 'vitest';
import { listOf, rates, within } from '../../wwwroot/js/runs/density-map.js';

describe('a place on the map', () => {
  it('is a quarter of a decade that holds the rate', () => {
    const { from, to } = rates(-2.9, 0);
    expect(from).toBeCloseTo(10 ** -3, 12);
    expect(to).toBeCloseTo(10 ** -2.75, 12);
  });
  it('ends at the largest rate', () => {
    expect(rates(-0.1, 0).to).toBe(1);
    expect(rates(0.2, 0)).toBeNull();
  });
});

describe('the list that a click opens', () => {
  it('is of all features with that share of columns in percent', () => {
    expect(listOf(rates(-2.9, 0))).toBe('all=1&least=0.1&most=0.178');
  });
  it('has those that never fire', () => {
    expect(listOf({ from: 0, to: 0 })).toBe('all=1&most=0');
  });
});

describe('the reading', () => {
  const histogram = { counts: [1, 2, 4, 8, 16, 32, 64, 128], log10From: -2, log10To: 0, silent: 5 };
  it('counts the bins of the quarter', () => {
    // Bins are a quarter of a decade wide here: the third is from 10^-1.5 to 10^-1.25.
    expect(within(histogram, rates(-1.4, 0))).toBe('3.16–5.62% of columns: 4 latents');
  });
  it('says how many never fired', () => {
    expect(within(histogram, { from: 0, to: 0 })).toBe('5 never fired');
  });
});
