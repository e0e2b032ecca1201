// The player of a preset's own HTML file. Both arms run under one clock, and a switch is a fade of 10 ms between them: one playhead. Loads nothing.
(() => {
  const FADE = 0.01,
    play = document.getElementById('play'),
    time = document.getElementById('time'),
    problem = document.getElementById('problem'),
    switches = [...document.querySelectorAll('[data-arm]')],
    rows = [...document.querySelectorAll('[data-row]')];
  let context = null,
    buffers = [],
    gains = [],
    sources = [],
    arm = 1,
    began = 0,
    from = 0,
    playing = false;

  // 16-bit PCM behind a head of 44 bytes, as it was written into this page.
  function decode(text) {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)),
      view = new DataView(bytes.buffer),
      channels = view.getUint16(22, true),
      frames = (bytes.length - 44) / (2 * channels),
      buffer = context.createBuffer(channels, Math.max(1, frames), view.getUint32(24, true));
    for (let channel = 0; channel < channels; channel++) {
      const samples = buffer.getChannelData(channel);
      for (let i = 0; i < frames; i++) samples[i] = view.getInt16(44 + 2 * (i * channels + channel), true) / 32768;
    }
    return buffer;
  }

  function prepare() {
    if (context) return;
    context = new AudioContext();
    buffers = JSON.parse(document.getElementById('sound').textContent).map(decode);
    gains = buffers.map((_, each) => {
      const gain = new GainNode(context, { gain: each === arm ? 1 : 0 });
      gain.connect(context.destination);
      return gain;
    });
  }

  const length = () => Math.max(0, ...buffers.map(buffer => buffer.duration)),
    position = () => (playing ? Math.min(length(), from + context.currentTime - began) : from);

  function stop() {
    from = position();
    playing = false;
    for (const source of sources) source.stop();
    sources = [];
  }

  async function start(at) {
    try {
      prepare();
      await context.resume();
      if (playing) stop();
      from = at >= length() - 0.02 ? 0 : at;
      began = context.currentTime + 0.02;
      sources = buffers.map((buffer, each) => {
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(gains[each]);
        source.start(began, Math.min(from, buffer.duration));
        return source;
      });
      playing = true;
      problem.textContent = '';
    } catch (error) {
      problem.textContent = `This browser does not play it: ${error.message}`;
    }
    show();
  }

  function choose(next) {
    arm = next;
    for (const [each, gain] of gains.entries()) {
      gain.gain.cancelScheduledValues(context.currentTime);
      gain.gain.setValueAtTime(gain.gain.value, context.currentTime);
      gain.gain.linearRampToValueAtTime(each === arm ? 1 : 0, context.currentTime + FADE);
    }
    show();
  }

  function show() {
    const now = position();
    if (playing && now >= length()) {
      stop();
      from = 0;
    }
    play.textContent = playing ? 'Pause' : 'Play';
    play.setAttribute('aria-pressed', String(playing));
    for (const each of switches) each.setAttribute('aria-pressed', String(Number(each.dataset.arm) === arm));
    const share = length() ? (100 * position()) / length() : 0;
    for (const row of rows) {
      row.toggleAttribute('data-on', Number(row.dataset.row) === arm);
      row.querySelector('i').style.left = `${share}%`;
    }
    const seconds = position();
    time.textContent = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
    if (playing) requestAnimationFrame(show);
  }

  play.addEventListener('click', () => {
    if (playing) {
      stop();
      show();
    } else start(from);
  });
  for (const each of switches) each.addEventListener('click', () => choose(Number(each.dataset.arm)));
  for (const row of rows)
    row.querySelector('.wave').addEventListener('click', event => {
      const box = event.currentTarget.getBoundingClientRect();
      prepare();
      choose(Number(row.dataset.row));
      start(((event.clientX - box.left) / box.width) * length());
    });
  show();
})();
