// When sound that is still being made may start so that it never stops on the way. Pure, so that a test can call it. All in seconds:
//   buffered   what is made and not yet heard
//   remaining  what is not yet heard, made or not
//   speed      seconds of sound made a second; null while nothing is known
//   grain      what comes at once: between two deliveries nothing comes at all
//   lead       of a live take: it is made this far ahead of the ear and then waits for it; null: as fast as it can be

// Kept ahead of the ear whatever the measured speed says.
export const margin = 0.3;

// Heard at speed 1 and made at `speed`, the sound lasts to its end when (remaining − buffered) / speed ≤ remaining. The last delivery comes
// margin / speed before that end and must then still be ahead of the ear by its whole length.
export function needed(speed, remaining, grain = 0) {
  return Math.min(remaining, Math.max(0, 1 - speed) * remaining + Math.max(margin, Math.min(1, speed) * grain));
}

// Of its lead, a live take may lack this much when it starts: it is made in blocks.
const BLOCK = 0.12;

export function canStart({ buffered, remaining, speed, grain, lead = null }) {
  if (lead !== null) return buffered >= Math.min(remaining, Math.max(0.04, lead - BLOCK));
  return buffered >= remaining || (speed !== null && speed > 0 && buffered >= needed(speed, remaining, grain));
}

// Seconds until it may start at this speed, or null while nothing is known.
export function secondsUntilStart({ buffered, remaining, speed, grain, lead = null }) {
  if (lead !== null) return 0;
  if (buffered >= remaining) return 0;
  return speed === null || speed <= 0 ? null : Math.max(0, needed(speed, remaining, grain) - buffered) / speed;
}
