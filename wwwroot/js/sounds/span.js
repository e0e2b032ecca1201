// A moment of a sound in whole frames: frame f sounds from f / frameRate to (f + 1) / frameRate.

// Half a second to each side of a press, unless the sound is shorter.
const AROUND = 0.25;

// The frames that a stretch of seconds touches, at least one: { from, to } in frames, to exclusive.
export function framesOf(a, b, frames, frameRate) {
  const low = Math.min(a, b),
    high = Math.max(a, b);
  const from = Math.min(frames - 1, Math.max(0, Math.floor(low * frameRate + 1e-6)));
  const to = Math.min(frames, Math.max(from + 1, Math.ceil(high * frameRate - 1e-6)));
  return { from, to };
}

// The moment around a press.
export function momentAt(second, frames, frameRate) {
  return framesOf(Math.max(0, second - AROUND), Math.min(frames / frameRate, second + AROUND), frames, frameRate);
}

// What a key does to an end of the span, in frames; null: nothing. shift: ten frames.
export function moved(which, key, shift, span, frames) {
  const step = shift ? 10 : 1;
  const at = which === 'from' ? span.from : span.to;
  const to = {
    ArrowLeft: at - step,
    ArrowDown: at - step,
    ArrowRight: at + step,
    ArrowUp: at + step,
    PageDown: at - 50,
    PageUp: at + 50,
    Home: 0,
    End: frames,
  }[key];
  if (to === undefined) return null;
  return which === 'from'
    ? { from: Math.min(span.to - 1, Math.max(0, to)), to: span.to }
    : { from: span.from, to: Math.max(span.from + 1, Math.min(frames, to)) };
}

// Seconds as the address has them: a thousandth is exact enough to find the frame again.
export function seconds(frame, frameRate) {
  return String(Math.round((frame / frameRate) * 1000) / 1000);
}
