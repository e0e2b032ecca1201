// The one thing that sounds. Clips: play({ id, url, title, from, loop }). Arms under one playhead: playArms({ id, arms, arm, from }).
// player.state = { id, playing, waiting, startsIn, blocked, position, duration, rate, arm, loop, title, page, error }; seconds. page: the address
// where the sound was started. Of arms also: match (whether they are played equally loud), gains { arm: dB }, underruns [{ seconds }] where sound that
// was being made ran dry, preRoll seconds between the ear and a change. onMeters(fn) and onChanged(fn) pass on what the processor measures.
import { Source, fetchSource } from './source.js';
import { canStart, secondsUntilStart } from './start-rule.js';
import { contextFor, level, setLevel } from './contexts.js';
import { settings, setMatch, setPreRoll } from './listening.js';
import { WorkletOutput, prepareWorklet } from './worklet-output.js';
import { NodesOutput } from './nodes-output.js';

const listeners = new Set(),
  meterListeners = new Set(),
  changeListeners = new Set();
let current = null; // what is loaded: { id, title, sources, entry, output, arm, wants, playing, index, time, … }
let ticking = false;

function idle() {
  return {
    id: null,
    title: null,
    page: null,
    loop: false,
    playing: false,
    waiting: false,
    startsIn: null,
    blocked: false,
    position: 0,
    duration: 0,
    rate: 0,
    arm: null,
    error: null,
    match: settings().match,
    preRoll: settings().preRoll,
    gains: {},
    underruns: [],
  };
}

// The sample being heard, not the one rendered: samples in the device's buffers have not been heard yet.
function heard() {
  if (!current?.playing || !current.entry) return current?.index ?? 0;
  const { context } = current.entry,
    stamp = context.getOutputTimestamp?.();
  let now =
    stamp?.contextTime > 0
      ? stamp.contextTime + Math.max(0, (performance.now() - stamp.performanceTime) / 1000)
      : context.currentTime - (context.outputLatency || 0);
  now = Math.min(now, context.currentTime);
  const moved = Math.min(0.5, Math.max(-0.5, now - current.time));
  return Math.max(current.loop ? 0 : current.begun, current.index + moved * current.rate);
}

function state() {
  if (!current) return idle();
  const { id, title, page, loop, wants, arm, error, rate } = current;
  const lengths = current.sources ? Object.values(current.sources).map(source => source.length) : [0];
  const length = Math.max(...lengths),
    blocked = !!current.entry && wants && current.entry.context.state !== 'running',
    playing = current.playing && !blocked;
  return {
    id,
    title,
    page,
    loop,
    playing,
    waiting: wants && !playing && !error,
    startsIn: current.startsIn ?? null,
    blocked,
    position: rate ? Math.min(length, heard()) / rate : 0,
    duration: rate ? length / rate : 0,
    rate: rate ?? 0,
    arm,
    error: error ?? null,
    match: settings().match,
    preRoll: settings().preRoll,
    gains: current.gains,
    underruns: current.underruns,
  };
}

function tell() {
  const now = state();
  for (const listener of [...listeners]) listener(now);
  if (now.playing && !ticking) {
    ticking = true;
    requestAnimationFrame(() => {
      ticking = false;
      tell();
    });
  }
}

function join(set, listener) {
  set.add(listener);
  return () => set.delete(listener);
}

function drop() {
  current?.abort?.abort();
  current?.output?.end();
  for (const unsubscribe of current?.watching ?? []) unsubscribe();
  current = null;
}

// Connects the sources and starts as soon as it may.
async function open(mine, sources, from) {
  mine.sources = sources;
  mine.rate = Object.values(sources)[0].rate;
  mine.arm = sources[mine.arm] ? mine.arm : Object.keys(sources)[0];
  mine.entry = contextFor(mine.rate);
  mine.index = mine.begun = Math.round((from ?? 0) * mine.rate);
  mine.time = mine.entry.context.currentTime;
  const { context, input, exact } = mine.entry;
  context.resume().catch(() => {});
  context.onstatechange = tell;
  const worklet = exact && context.audioWorklet;
  if (worklet) await prepareWorklet(context);
  if (current !== mine) return;
  const Output = worklet ? WorkletOutput : NodesOutput;
  mine.output = new Output(context, input, sources, {
    arm: mine.arm,
    index: mine.index,
    loop: mine.loop,
    match: settings().match && mine.matches,
    preRoll: settings().preRoll,
    report: message => hear(mine, message),
  });
  mine.watching = Object.values(sources).map(source =>
    source.subscribe(() => {
      startWhenReady(mine);
      tell();
    }),
  );
  startWhenReady(mine);
  tell();
}

function hear(mine, { index, time, playing, ended, starved, gains, meters, changed }) {
  if (mine !== current) return;
  if (gains) mine.gains = gains;
  if (meters) for (const listener of [...meterListeners]) listener(meters);
  if (changed) for (const listener of [...changeListeners]) listener(changed);
  // A report that was on its way when the sound was put elsewhere is of the old place.
  if (mine.sought !== null && !ended && !starved) {
    const passed = (performance.now() - mine.soughtAt) / 1000,
      isOld = index < mine.sought || index > mine.sought + mine.rate * (passed + 0.1);
    if (isOld && passed < 1) return;
    mine.sought = null;
  }
  mine.index = index;
  mine.time = time;
  if (ended) {
    mine.playing = mine.wants = false;
    mine.index = mine.begun = 0;
    mine.output.seek(0);
    tell();
  } else if (starved) {
    mine.playing = false;
    mine.underruns.push({ seconds: index / mine.rate });
    startWhenReady(mine);
    tell();
  } else if (mine.playing && !playing && !mine.wants) {
    mine.playing = false;
    tell();
  }
}

// Sound that is still being made starts when it will not run dry on the way.
function startWhenReady(mine) {
  if (mine !== current || !mine.output || !mine.wants || mine.playing) return;
  const growing = Object.values(mine.sources).filter(source => !source.complete);
  const lack = growing.map(source => ({
    buffered: (source.available - mine.index) / mine.rate,
    remaining: (source.length - mine.index) / mine.rate,
    speed: source.speed,
    grain: source.grain,
    lead: source.lead,
  }));
  const times = lack.map(secondsUntilStart);
  mine.startsIn = times.includes(null) ? null : Math.max(0, ...times);
  if (!lack.every(canStart)) return;
  mine.startsIn = null;
  mine.playing = true;
  mine.begun = mine.index;
  mine.time = mine.entry.context.currentTime;
  mine.output.play();
}

export const player = {
  get state() {
    return state();
  },
  get analyser() {
    return current?.entry?.analyser ?? null;
  },
  // How often sound that was being made ran dry, for tests.
  get starved() {
    return current?.underruns.length ?? 0;
  },
  // The sound of the arm that is heard, as far as it is there: { data, right, available, length } in samples; right: of two channels the second.
  get samples() {
    const source = current?.sources?.[current.arm];
    return source ? { data: source.data, right: source.channels[1], available: source.available, length: source.length } : null;
  },
  get volume() {
    return level().volume;
  },
  get muted() {
    return level().muted;
  },
  setVolume(volume) {
    setLevel({ volume, muted: false });
  },
  setMuted(muted) {
    setLevel({ muted });
  },

  async play({ id, url, title = null, page, from = 0, loop = false }) {
    id ??= url;
    if (current?.id === id && current.output) {
      this.seek(from);
      this.resume();
      return;
    }
    await this.playArms({ id, title, page, arms: { '': url }, arm: '', from, loop });
  },

  // A source is a URL, { url } or a Source that may still grow. match: its arms are played equally loud where the person wants that.
  async playArms({
    id,
    arms,
    arm,
    title = null,
    page = globalThis.location?.href ?? null,
    from = 0,
    loop = false,
    wants = true,
    match = false,
  }) {
    drop();
    const mine = (current = {
      id,
      title,
      page,
      arm,
      asked: arms,
      loop,
      wants,
      matches: match, // whether it is one of those sounds whose arms can be played equally loud
      playing: false,
      index: 0,
      time: 0,
      begun: 0,
      gains: {},
      underruns: [],
      sought: null, // the sample of a seek whose report is to come
      abort: new AbortController(),
    });
    tell();
    try {
      const names = Object.keys(arms);
      const sources = await Promise.all(
        names.map(name => (arms[name] instanceof Source ? arms[name] : fetchSource(arms[name].url ?? arms[name], mine.abort.signal))),
      );
      if (current !== mine) return;
      await open(mine, Object.fromEntries(names.map((name, i) => [name, sources[i]])), from);
    } catch (error) {
      if (current !== mine || error.name === 'AbortError') return;
      // What fetch throws while the site is away says "Failed to fetch", in the browser's words.
      mine.error = error instanceof TypeError ? 'The site could not be reached for this sound. Try again.' : error.message;
      mine.wants = false;
      tell();
      document.dispatchEvent(new CustomEvent('sae:sound-error', { detail: mine.error }));
    }
  },

  // Pauses, resumes or starts this sound; without an argument, the loaded one.
  toggle(sound) {
    if (sound && current?.id !== (sound.id ?? sound.url)) return this.play(sound);
    if (!current) return;
    if (current.error && sound) {
      drop();
      return this.play(sound);
    }
    if (current.wants) this.pause();
    else if (sound?.from && current.index === 0) {
      this.seek(sound.from);
      this.resume();
    } else this.resume();
  },

  pause() {
    if (!current) return;
    current.index = Math.round(heard());
    current.wants = current.playing = false;
    current.output?.pause();
    tell();
  },

  resume() {
    if (!current || current.error) return;
    current.wants = true;
    current.entry?.context.resume().catch(() => {});
    startWhenReady(current);
    tell();
  },

  stop() {
    drop();
    tell();
  },

  seek(seconds) {
    if (!current?.output) return;
    const all = Object.values(current.sources),
      growing = all.filter(source => !source.complete);
    const most = Math.min(...(growing.length ? growing : all).map(source => source.available));
    current.index = current.begun = Math.max(0, Math.min(Math.round(seconds * current.rate), most));
    current.time = current.entry.context.currentTime;
    current.sought = current.index;
    current.soughtAt = performance.now();
    current.output.seek(current.index);
    tell();
  },

  setLoop(loop) {
    if (!current) return;
    current.loop = loop;
    current.output?.setLoop(loop);
    tell();
  },

  setMatch(on) {
    setMatch(on);
    if (current?.matches) current.output?.setMatch(on);
    tell();
  },

  // Seconds between the ear and a change; on a slow line or machine more of them avoid gaps.
  setPreRoll(seconds) {
    setPreRoll(seconds);
    current?.output?.setPreRoll(settings().preRoll);
    tell();
  },

  switchArm(arm) {
    // Also while the sound is on its way: then it begins with that arm.
    if (!(current?.sources ?? current?.asked)?.[arm]) return;
    current.arm = arm;
    current.output?.switch(arm);
    tell();
  },

  subscribe: listener => join(listeners, listener),
  // { arm: { peak, rms } } at most 20 times a second while it plays, linear; and { arm, audible, revision, sample, time } when the first sample that a
  // turned knob changed leaves the processor.
  onMeters: listener => join(meterListeners, listener),
  onChanged: listener => join(changeListeners, listener),
};

globalThis.saeAudio = player;
