// One AudioContext a sample rate; those that do not sound are suspended. Volume and mute are remembered and the same for all.
const made = new Map();
let volume = Number(localStorage.getItem('sae.volume') ?? 0.8);
let muted = localStorage.getItem('sae.muted') === 'true';
if (!(volume >= 0 && volume <= 1)) volume = 0.8;

// { context, input (connect here), analyser (after the volume), exact: the context runs at this rate }.
export function contextFor(rate) {
  let entry = made.get(rate);
  if (!entry) {
    // On phones the switch for silence would otherwise mute music too.
    try {
      if (navigator.audioSession) navigator.audioSession.type = 'playback';
    } catch {
      /* not there */
    }
    let context;
    try {
      context = new AudioContext({ sampleRate: rate, latencyHint: 'interactive' });
    } catch {
      context = new AudioContext({ latencyHint: 'interactive' });
    }
    const input = context.createGain(),
      analyser = context.createAnalyser();
    input.gain.value = loudness();
    analyser.fftSize = 2048;
    analyser.smoothingTimeConstant = 0;
    input.connect(analyser).connect(context.destination);
    entry = { context, input, analyser, exact: context.sampleRate === rate };
    made.set(rate, entry);
  }
  for (const [other, { context }] of made) if (other !== rate && context.state === 'running') context.suspend();
  return entry;
}

// Squared: halfway sounds half as loud.
const loudness = () => (muted ? 0 : volume * volume);

export function level() {
  return { volume, muted };
}

export function setLevel(next) {
  volume = Math.min(1, Math.max(0, next.volume ?? volume));
  muted = next.muted ?? muted;
  localStorage.setItem('sae.volume', volume);
  localStorage.setItem('sae.muted', muted);
  for (const { context, input } of made.values()) input.gain.setTargetAtTime(loudness(), context.currentTime, 0.01);
  document.dispatchEvent(new CustomEvent('sae:volume', { detail: level() }));
}
