// When a page reports where it hears a live take: at most ten times a second while it plays, at once when it begins or stops, and every second while it
// rests, so that the take waits for it.
const PLAYING = 100, // ms
  RESTING = 1000;

export class PlayheadReports {
  // send(sample, playing)
  constructor(send) {
    this.send = send;
    this.at = -Infinity;
    this.playing = null;
  }

  // now: ms.
  look(now, sample, playing) {
    const since = now - this.at;
    // A sound that stops and starts in quick turns is reported no more often than one that plays.
    if (since < PLAYING || (!playing && playing === this.playing && since < RESTING)) return;
    this.at = now;
    this.playing = playing;
    this.send(Math.max(0, Math.round(sample)), playing);
  }
}
