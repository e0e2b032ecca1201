// Sound while it is made. A stream that was cut off asks again from the sample it has come to.
import { Hub } from '../hub.js';

const RETRY = 250; // ms
let listeners = 0;
const hub = new Hub('hubs/audio', { wanted: () => listeners > 0 });

// Calls chunk(message) for every message of the arm from sample `from()` on; returns { stop }. failed(text) when the server refuses.
export function listen(take, arm, { from, chunk, failed }) {
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
      subscription = connection.stream('Listen', take, arm, from()).subscribe({
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
