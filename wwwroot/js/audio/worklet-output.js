// Plays one sound through the worklet. The same interface as nodes-output.js.
const ready = new WeakMap();

export function prepareWorklet(context) {
  if (!ready.has(context)) ready.set(context, context.audioWorklet.addModule(new URL('./worklet.js', import.meta.url)));
  return ready.get(context);
}

export class WorkletOutput {
  constructor(context, target, sources, { arm, index, loop, match, preRoll, report }) {
    const arms = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.length]));
    this.node = new AudioWorkletNode(context, 'sae-arms', {
      numberOfInputs: 0,
      outputChannelCount: [Math.max(...Object.values(sources).map(source => source.channels.length))],
      processorOptions: { arms, arm, index, loop, match, preRoll },
    });
    this.node.port.onmessage = event => report(event.data);
    this.node.connect(target);
    this.subscriptions = Object.entries(sources).map(([name, source]) => {
      this.send(name, source, 0, source.available);
      return source.subscribe((_, from, to) => this.send(name, source, from, to));
    });
  }

  send(arm, source, at, to) {
    if (to > at) {
      const [samples, right] = source.channels.map(data => data.slice(at, to));
      this.node.port.postMessage(
        { type: 'data', arm, at, samples, right, revision: source.revision },
        right ? [samples.buffer, right.buffer] : [samples.buffer],
      );
    }
    if (source.complete) this.node.port.postMessage({ type: 'complete', arm, length: source.length });
  }

  play() {
    this.node.port.postMessage({ type: 'play' });
  }

  pause() {
    this.node.port.postMessage({ type: 'pause' });
  }

  seek(index) {
    this.node.port.postMessage({ type: 'seek', index });
  }

  setLoop(loop) {
    this.node.port.postMessage({ type: 'repeat', loop });
  }

  switch(arm) {
    this.node.port.postMessage({ type: 'switch', arm });
  }

  setMatch(on) {
    this.node.port.postMessage({ type: 'match', on });
  }

  setPreRoll(preRoll) {
    this.node.port.postMessage({ type: 'roll', preRoll });
  }

  // Fades out and goes.
  end() {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.node.port.onmessage = null;
    this.node.port.postMessage({ type: 'end' });
    setTimeout(() => this.node.disconnect(), 100);
  }
}
