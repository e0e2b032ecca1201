// Records the microphone as a WAV file: one channel, 16 bits, at the device's rate. Browsers give the microphone to secure pages only: HTTPS, or this
// machine's own address.
const worklet = `registerProcessor('sae-record', class extends AudioWorkletProcessor {
  process([[channel]]) {
    if (channel) this.port.postMessage(channel.slice());
    return true;
  }
});`;

export function canRecord() {
  return !!(globalThis.isSecureContext && globalThis.navigator?.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);
}

// What a person can do when the microphone was refused: error is getUserMedia's.
export function problemOf(error) {
  switch (error.name) {
    case 'NotAllowedError':
      return 'The browser was not allowed to use the microphone. Allow it in the address bar, then press Record again.';
    case 'NotFoundError':
      return 'No microphone was found. Connect one and press Record again, or drop a sound file.';
    case 'NotReadableError':
      return 'The microphone is in use by another program, or the system withholds it. Close that program and press Record again.';
    default:
      return `The microphone cannot be used: ${error.message} Drop a sound file instead.`;
  }
}

// Records at most so many seconds. Gives { done, stop, cancel } as soon as the microphone is open; done is the WAV file's bytes, or null when cancelled.
export async function record(seconds, progress) {
  const stream = await navigator.mediaDevices.getUserMedia({
    // Music, not speech: nothing is taken away.
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext();
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
    context.close().catch(() => {});
  };
  try {
    const url = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
    await context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
  } catch (error) {
    end();
    throw error;
  }
  const source = context.createMediaStreamSource(stream),
    node = new AudioWorkletNode(context, 'sae-record', { numberOfOutputs: 0 }),
    blocks = [];
  let samples = 0,
    finish;
  const done = new Promise(resolve => {
    finish = wav => {
      if (!finish) return;
      finish = null;
      end();
      resolve(wav);
    };
  });
  const stop = () => finish?.(samples ? wavOf(blocks, samples, context.sampleRate) : null);
  node.port.onmessage = ({ data }) => {
    if (!finish) return;
    blocks.push(data);
    samples += data.length;
    progress(samples / context.sampleRate);
    if (samples >= seconds * context.sampleRate) stop();
  };
  // A microphone that is unplugged ends the recording with what there is.
  for (const track of stream.getTracks()) track.addEventListener('ended', stop);
  source.connect(node);
  return { done, stop, cancel: () => finish?.(null) };
}

// The bytes of a WAV file of float blocks.
export function wavOf(blocks, samples, rate) {
  const bytes = new ArrayBuffer(44 + 2 * samples),
    view = new DataView(bytes);
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * samples, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.round(Math.min(1, Math.max(-1, sample)) * 32767), true);
      at += 2;
    }
  }
  return bytes;
}
