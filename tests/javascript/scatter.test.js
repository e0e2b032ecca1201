// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { Scatter, place } from '../../wwwroot/js/runs/scatter.js';

const run = (number, latest) => ({ number, label: `run <${number}>`, latest });

test('a run is placed by its held-out values, else by those of training, and not at all without both', () => {
  expect(place(run(1, { heldOutL0: 16, l0: 20, heldOutExplainedVariance: 0.9, explainedVariance: 0.8 }))).toEqual({ x: 16, y: 0.9 });
  expect(place(run(1, { l0: 20, explainedVariance: 0.8 }))).toEqual({ x: 20, y: 0.8 });
  expect(place(run(1, { l0: 20 }))).toBeNull();
  expect(place(run(1, { l0: 20, explainedVariance: NaN }))).toBeNull();
});

test('it shows two runs or more, left for few active latents and up for much explained variance', () => {
  const parent = document.createElement('div');
  const scatter = new Scatter(parent, () => {});
  scatter.draw([run(1, { l0: 20, explainedVariance: 0.8 })]);
  expect(scatter.box.hidden).toBe(true);
  scatter.draw([run(1, { l0: 20, explainedVariance: 0.8 }), run(2, { l0: 10, explainedVariance: 0.9 }), run(3, {})]);
  expect(scatter.box.hidden).toBe(false);
  const [one, two, ...more] = [...scatter.svg.querySelectorAll('circle')].map(circle =>
    ['cx', 'cy'].map(side => Number(circle.getAttribute(side))),
  );
  expect(more).toEqual([]);
  expect(two[0]).toBeLessThan(one[0]);
  expect(two[1]).toBeLessThan(one[1]);
  // A name is text.
  expect(scatter.svg.querySelector('[data-number="2"] title').textContent).toBe('run <2>: 0.9000 at L0 10.0');
});

test('runs of equal values are not divided by nothing', () => {
  const scatter = new Scatter(document.createElement('div'), () => {});
  scatter.draw([run(1, { l0: 16, explainedVariance: 0.9 }), run(2, { l0: 16, explainedVariance: 0.9 })]);
  for (const circle of scatter.svg.querySelectorAll('circle'))
    expect(Number.isFinite(Number(circle.getAttribute('cx')) + Number(circle.getAttribute('cy')))).toBe(true);
});

test('the run under the mouse stands out', () => {
  const scatter = new Scatter(document.createElement('div'), () => {});
  scatter.draw([run(1, { l0: 20, explainedVariance: 0.8 }), run(2, { l0: 10, explainedVariance: 0.9 })]);
  scatter.highlight(2);
  expect([...scatter.svg.querySelectorAll('[data-number]')].map(point => point.classList.contains('dim'))).toEqual([true, false]);
});
