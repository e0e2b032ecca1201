// When sound that is still being made may start so that it never stops on the way. Pure, so that a test can call it. All in seconds:
//   buffered   what is made and not yet heard
//   remaining  what is not yet heard, made or not
//   speed      seconds of sound made a second; null while nothing is known

// Kept ahead of the ear whatever the measured speed says.
export const margin = 0.3;

// Heard at speed 1 and made at `speed`, the sound lasts to its end when (remaining − buffered) / speed ≤ remaining.
export function needed(speed, remaining) { return Math.min(remaining, Math.max(0, 1 - speed) * remaining + margin); }

export function canStart({ buffered, remaining, speed }) {
  return buffered >= remaining || (speed !== null && speed > 0 && buffered >= needed(speed, remaining));
}

// Seconds until it may start at this speed, or null while nothing is known.
export function secondsUntilStart({ buffered, remaining, speed }) {
  if (buffered >= remaining) return 0;
  return speed === null || speed <= 0 ? null : Math.max(0, needed(speed, remaining) - buffered) / speed;
}
