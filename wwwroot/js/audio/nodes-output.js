// Where the browser gives no AudioWorklet (plain HTTP from another machine) or refuses the file's rate: slices of every arm are
// scheduled side by side on the context's clock, each arm through its own gain. The same interface as worklet-output.js.
const slice = 0.25,
  ahead = 0.6;

export class NodesOutput {
  constructor(context, target, sources, { arm, index, loop, report }) {
    Object.assign(this, { context, sources, arm, loop, report, index, playing: false, anchor: 0, scheduled: 0, live: new Set() });
    this.rate = Object.values(sources)[0].rate;
    this.master = context.createGain();
    this.master.gain.value = 0;
    this.master.connect(target);
    this.gains = Object.fromEntries(
      Object.keys(sources).map(name => {
        const gain = context.createGain();
        gain.gain.value = name === arm ? 1 : 0;
        gain.connect(this.master);
        return [name, gain];
      }),
    );
  }

  edges() {
    const all = Object.values(this.sources),
      growing = all.filter(source => !source.complete);
    return growing.length
      ? { edge: Math.min(...growing.map(source => source.available)), complete: false }
      : { edge: Math.max(...all.map(source => source.length)), complete: true };
  }

  position() {
    if (!this.playing) return this.index;
    const at = Math.max(this.anchorIndex, this.anchorIndex + Math.round((this.context.currentTime - this.anchor) * this.rate));
    const { edge, complete } = this.edges();
    return this.loop && complete ? at % edge : at;
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.anchor = this.context.currentTime + 0.02;
    this.anchorIndex = this.scheduled = this.index;
    this.fade(1);
    this.tick();
    this.timer = setInterval(() => this.tick(), 50);
  }

  tick() {
    const { edge, complete } = this.edges(),
      step = Math.round(slice * this.rate),
      at = this.position(),
      loops = this.loop && complete;
    const until = this.anchorIndex + (this.context.currentTime - this.anchor + ahead) * this.rate;
    while (this.scheduled < until && (loops || this.scheduled < edge)) {
      const from = loops ? this.scheduled % edge : this.scheduled,
        count = Math.min(step, edge - from);
      for (const [name, source] of Object.entries(this.sources)) this.schedule(name, source, from, count);
      this.scheduled += count;
    }
    if (!loops && at >= edge) {
      this.halt(edge);
      this.report({ index: edge, time: this.context.currentTime, playing: false, ...(complete ? { ended: true } : { starved: true }) });
    } else this.report({ index: at, time: this.context.currentTime, playing: true });
  }

  schedule(name, source, from, count) {
    const buffer = this.context.createBuffer(source.channels.length, count, this.rate);
    for (const [channel, data] of source.channels.entries()) buffer.copyToChannel(data.subarray(from, from + count), channel);
    const node = this.context.createBufferSource();
    node.buffer = buffer;
    node.connect(this.gains[name]);
    node.start(this.anchor + (this.scheduled - this.anchorIndex) / this.rate);
    node.onended = () => this.live.delete(node);
    this.live.add(node);
  }

  fade(to) {
    this.master.gain.setTargetAtTime(to, this.context.currentTime, 0.002);
  }

  halt(index) {
    this.playing = false;
    this.index = index;
    clearInterval(this.timer);
    for (const node of this.live) node.stop(this.context.currentTime + 0.02);
    this.live.clear();
    this.fade(0);
  }

  pause() {
    if (this.playing) this.halt(this.position());
  }

  seek(index) {
    const playing = this.playing;
    if (playing) this.halt(index);
    this.index = index;
    if (playing) this.play();
    else this.report({ index, time: this.context.currentTime, playing: false });
  }

  // What is scheduled stays; the next slice knows.
  setLoop(loop) {
    const at = this.position();
    this.loop = loop;
    if (this.playing) this.seek(at);
  }

  // Arms are as loud as their files: this way of playing measures nothing, and a revision is heard when what is scheduled has passed.
  setMatch() {}

  setPreRoll() {}

  switch(arm) {
    for (const [name, gain] of Object.entries(this.gains)) {
      gain.gain.cancelScheduledValues(this.context.currentTime);
      gain.gain.setValueAtTime(gain.gain.value, this.context.currentTime);
      gain.gain.linearRampToValueAtTime(name === arm ? 1 : 0, this.context.currentTime + 0.01);
    }
  }

  end() {
    this.pause();
    setTimeout(() => this.master.disconnect(), 100);
  }
}
