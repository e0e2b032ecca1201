// How a person listens to arms: remembered in this browser, the same for all sounds.
const LEAST = 0.02,
  MOST = 1,
  USUAL = 0.06;

const read = name => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};

let match = read('sae.match') !== 'false';
let preRoll = inRange(Number(read('sae.preRoll')) || USUAL);

function inRange(seconds) {
  return Math.min(MOST, Math.max(LEAST, seconds));
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds for this page.
  }
}

// { match: arms are played equally loud, preRoll: seconds between the ear and a change }.
export function settings() {
  return { match, preRoll };
}

export function setMatch(on) {
  match = !!on;
  keep('sae.match', match);
}

// Kept between 0.02 and 1 s.
export function setPreRoll(seconds) {
  if (!Number.isFinite(seconds)) return;
  preRoll = inRange(seconds);
  keep('sae.preRoll', preRoll);
}
