// How a waveform shows what is not made yet: as dashes, which silence does not look like (css/sounds.css has the same).
export const DASH = { wide: 6, pitch: 12, tall: 16 };

// Where the dashes are, in pixels: from the edge of what is made, 0 … 1, to the end.
export function dashes(width, made) {
  const places = [];
  for (let x = Math.ceil((width * made) / DASH.pitch) * DASH.pitch; x < width; x += DASH.pitch) places.push(x);
  return places;
}
