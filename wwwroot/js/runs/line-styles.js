// How runs differ on a chart: eight colours that people with any kind of colour vision can tell apart (after Okabe and Ito; each has 3:1 against
// the background in both themes), and dashes, so that colour is never the only sign. The number at a line's end is the run's in the legend.
export const styles = [
  { ink: '--run-1', width: 2, dash: [] },
  { ink: '--run-2', width: 2, dash: [9, 5] },
  { ink: '--run-3', width: 2, dash: [] },
  { ink: '--run-4', width: 2, dash: [2, 4] },
  { ink: '--run-5', width: 2, dash: [9, 5] },
  { ink: '--run-6', width: 2, dash: [10, 4, 2, 4] },
  { ink: '--run-7', width: 2, dash: [] },
  { ink: '--run-8', width: 2, dash: [2, 4] },
];

export const styleOf = number => styles[(number - 1) % styles.length];

// A sample of the line, for a legend.
export function sample(number) {
  const { ink, width, dash } = styleOf(number);
  return `<svg class="run-sample" width="36" height="10" aria-hidden="true"><line x1="0" y1="5" x2="36" y2="5" style="stroke:var(${ink});stroke-width:${width};stroke-dasharray:${dash.join(' ') || 'none'}"></line></svg>`;
}
