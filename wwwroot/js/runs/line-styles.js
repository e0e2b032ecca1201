// How runs are distinguished on a chart: dashes, weight and strength of ink, never hue, which belongs to features. The number at a line's end
// is the run's in the legend.
export const styles = [
  { ink: '--text', width: 2, dash: [] },
  { ink: '--text', width: 1.5, dash: [9, 5] },
  { ink: '--text', width: 2, dash: [2, 4] },
  { ink: '--text', width: 1.5, dash: [10, 4, 2, 4] },
  { ink: '--edge', width: 2.5, dash: [] },
  { ink: '--edge', width: 2.5, dash: [9, 5] },
  { ink: '--edge', width: 2.5, dash: [3, 4] },
  { ink: '--edge', width: 2.5, dash: [12, 4, 3, 4] },
];

export const styleOf = number => styles[(number - 1) % styles.length];

// A sample of the line, for a legend.
export function sample(number) {
  const { ink, width, dash } = styleOf(number);
  return `<svg class="run-sample" width="36" height="10" aria-hidden="true"><line x1="0" y1="5" x2="36" y2="5" style="stroke:var(${ink});stroke-width:${width};stroke-dasharray:${dash.join(' ') || 'none'}"></line></svg>`;
}
