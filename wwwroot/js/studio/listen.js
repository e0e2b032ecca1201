// Sound while it is made. A stream that was cut off asks again from the sample it has come to.
import { Hub } from '../hub.js';

const RETRY = 250; // ms
let listeners = 0;
const hub = new Hub('hubs/audio', { wanted: () => listeners > 0 });

// Calls chunk(message) for every message of the arm from sample `from()` on; returns { stop }. failed(text) when the server refuses. revision(): that of
// the samples which are there, or null; what became obsolete while the connection was broken is sent again.
export function listen(take, arm, { from, revision = () => null, chunk, failed }) {
  let stopped = false;
  let subscription = null;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    listeners--;
    subscription?.dispose();
  };
  const once = connection =>
    new Promise(resolve => {
      subscription = connection.stream('Follow', take, arm, from(), revision()).subscribe({
        next: message => {
          if (!stopped) chunk(message);
        },
        complete: () => resolve('complete'),
        error: error => resolve(hub.connected && /HubException/.test(error.message) ? error : 'broken'),
      });
    });
  const follow = async () => {
    for (;;) {
      const connection = await hub.connect();
      if (stopped) return;
      if (!connection) continue;
      const outcome = await once(connection);
      if (stopped) return;
      if (outcome === 'broken') {
        await new Promise(resume => setTimeout(resume, RETRY));
        continue;
      }
      stop();
      if (outcome !== 'complete') failed(outcome.message.replace(/^.*HubException: /, ''));
      return;
    }
  };
  listeners++;
  void follow();
  return { stop };
}

// Says where the ear is, so that a live take is made a little ahead of it. Lost while the connection is broken: the next one says more.
export async function hear(take, sample, playing) {
  if (!hub.connected) return;
  try {
    await hub.connection.invoke('Hear', take, sample, playing);
  } catch {
    // The take continues by itself.
  }
}

// Turns knobs of a live take: { fromColumn, knobs: [{ strip, strength, muted }], playhead: sample }. Resolves to { revision, fromColumn, fromSample };
// fails with what to tell a person.
export async function turn(take, request) {
  if (!hub.connected) throw new Error('The site is away. The knob acts when it is back and you turn it again.');
  try {
    return await hub.connection.invoke('Turn', take, request);
  } catch (error) {
    throw new Error(error.message.replace(/^.*HubException: /, ''), { cause: error });
  }
}
