// A waveform in graphite from the server's peaks { values: [low, high, …] of ±127, seconds }; a dotted line until they are here.
const PITCH = 3,
  BAR = 2;

export function drawWave(canvas, peaks) {
  const { width, height } = canvas.getBoundingClientRect();
  if (width < 1 || height < 1) return;
  const ratio = globalThis.devicePixelRatio || 1,
    style = getComputedStyle(canvas);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  pen.fillStyle = style.getPropertyValue('--wave-ink').trim() || style.getPropertyValue('--wave').trim();
  const bars = Math.max(1, Math.floor(width / PITCH)),
    step = width / bars,
    pairs = peaks ? peaks.values.length / 2 : 0;
  // A whisper stays a whisper, but a quiet clip fills the row.
  const loudest = peaks ? Math.max(12, ...peaks.values.map(Math.abs)) : 1;
  for (let bar = 0; bar < bars; bar++) {
    let tall = 0;
    const from = Math.floor((bar * pairs) / bars),
      to = Math.max(from + 1, Math.floor(((bar + 1) * pairs) / bars));
    for (let pair = from; pair < to && pair < pairs; pair++)
      tall = Math.max(tall, Math.abs(peaks.values[2 * pair]), Math.abs(peaks.values[2 * pair + 1]));
    const size = Math.max(1, (tall / loudest) * height);
    pen.fillRect(Math.round(bar * step * ratio) / ratio, (height - size) / 2, BAR, size);
  }
}
