// Turns the knobs of a live take. At most one request is on its way and at most 20 a second are sent; what changes meanwhile is sent together after
// it, so that the last value of every strip always arrives: also one that was turned while the take waited for another, or that the worker refused
// because the ear had passed its column.
const EVERY = 50; // ms
const AGAIN = 300, // ms after a refusal; twice as long after each further one
  TRIES = 5;

export class LiveKnobs {
  // send(request): resolves to the worker's answer. place(): { fromColumn, playhead }. answered(problem or null, answer). ready(): whether the take has
  // begun; wake() when that changes. ahead(strip): whether a hand has turned the fader of a strip and the page does not know it yet.
  constructor({ send, place, answered = () => {}, ready = () => true, ahead = () => false, now = () => performance.now() }) {
    Object.assign(this, {
      send,
      place,
      answered,
      ready,
      ahead,
      now,
      sent: new Map(),
      wanted: new Map(),
      going: false,
      refused: 0,
    });
  }

  // What a take began with: nothing needs to be sent of it.
  begin(strips) {
    this.sent = new Map(strips.map(strip => [strip.strip, key(strip)]));
    this.wanted.clear();
  }

  // A hand on a fader.
  turn(strip) {
    this.want(strip);
  }

  // What the page says of every strip: mute, solo, undo, another window. forced: it counts also where the hand is ahead of it.
  page(strips, forced = false) {
    for (const strip of strips) {
      if (!forced && this.ahead(strip.strip)) {
        // The strength is of before the hand; of such a strip, only whether it is muted.
        const last = this.wanted.get(strip.strip);
        if (last && last.muted !== strip.muted) this.want({ ...last, muted: strip.muted });
        continue;
      }
      this.want(strip);
    }
  }

  want(strip) {
    this.wanted.set(strip.strip, strip);
    this.refused = 0;
    this.resume?.();
    this.wake();
  }

  // Sends what waits, if the take has begun.
  wake() {
    if (!this.going) void this.go();
  }

  changed() {
    return [...this.wanted.values()].filter(strip => this.sent.get(strip.strip) !== key(strip));
  }

  async go() {
    this.going = true;
    for (let knobs = this.changed(); knobs.length > 0 && this.ready(); knobs = this.changed()) {
      const began = this.now();
      for (const strip of knobs) this.sent.set(strip.strip, key(strip));
      try {
        const answer = await this.send({ ...this.place(), knobs: knobs.map(({ strip, strength, muted }) => ({ strip, strength, muted })) });
        this.refused = 0;
        this.answered(null, answer);
      } catch (error) {
        this.answered(error.message, null);
        this.refused++;
        if (this.refused <= TRIES) {
          // The ear is further on then.
          await new Promise(resume => {
            this.resume = resume; // a turn ends the pause
            setTimeout(resume, AGAIN * 2 ** (this.refused - 1));
          });
          for (const strip of knobs) if (this.sent.get(strip.strip) === key(strip)) this.sent.delete(strip.strip);
        }
      }
      const left = EVERY - (this.now() - began);
      if (left > 0) await new Promise(resume => setTimeout(resume, left));
    }
    this.going = false;
  }
}

const key = ({ strength, muted }) => `${strength}${muted ? 'm' : ''}`;

// "0:2.5 1:-3m": strips with their strengths; m: muted.
export function parseStrips(text) {
  return (text ?? '')
    .split(' ')
    .filter(Boolean)
    .map(each => each.split(':'))
    .map(([strip, value]) => ({ strip: Number(strip), strength: Number.parseFloat(value), muted: value.endsWith('m') }));
}

// The first column that a knob can still reach: the playhead's and the pre-roll.
export const columnAt = (seconds, preRoll, frame) => Math.max(0, Math.ceil((seconds + preRoll) / frame));
