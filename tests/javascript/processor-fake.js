// The global scope of an AudioWorklet, so that the shipped processor runs in a test, quantum by quantum as the browser runs it.
import { vi } from 'vitest';

export const QUANTUM = 128;

export async function loadProcessor(rate) {
  let found;
  vi.resetModules();
  globalThis.sampleRate = rate;
  globalThis.currentTime = 0;
  globalThis.AudioWorkletProcessor = class {
    port = { postMessage: vi.fn() };
  };
  globalThis.registerProcessor = (name, type) => {
    found = type;
  };
  await import('../../wwwroot/js/audio/worklet.js');
  return found;
}

// arms: { name: samples }. Whole unless `length` says that more is to come.
export function withArms(Processor, arms, { length, ...options } = {}) {
  const names = Object.keys(arms);
  const lengths = Object.fromEntries(names.map(name => [name, length ?? arms[name].length]));
  const processor = new Processor({ processorOptions: { arms: lengths, arm: names[0], index: 0, loop: false, ...options } });
  for (const name of names) {
    send(processor, { type: 'data', arm: name, at: 0, samples: arms[name], revision: 0 });
    if (!length) send(processor, { type: 'complete', arm: name, length: arms[name].length });
  }
  return processor;
}

// As a message of the page comes.
export const send = (processor, message) => processor.port.onmessage({ data: message });

// Renders quanta until there are at least `count` samples.
export function render(processor, count) {
  const out = new Float32Array(Math.ceil(count / QUANTUM) * QUANTUM);
  for (let at = 0; at < out.length; at += QUANTUM) {
    processor.process([], [[out.subarray(at, at + QUANTUM)]]);
    globalThis.currentTime += QUANTUM / globalThis.sampleRate;
  }
  return out;
}

export const messages = processor => processor.port.postMessage.mock.calls.map(([message]) => message);

export const sine = (frequency, rate, seconds, decibels = 0, phase = 0) =>
  Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => 10 ** (decibels / 20) * Math.sin((2 * Math.PI * frequency * i) / rate + phase),
  );

export const decibels = value => 20 * Math.log10(value);
