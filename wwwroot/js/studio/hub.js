// The hub that brings sound while it is made. One connection for all; it comes back for ever, and a stream that was cut off asks again from
// the sample it has come to.
let connection = null;

function connect() {
  if (!connection) {
    const { HubConnectionBuilder, LogLevel } = globalThis.signalR;
    connection = new HubConnectionBuilder().withUrl('hubs/audio').configureLogging(LogLevel.None).build();
  }
  return connection;
}

const pause = ms => new Promise(done => setTimeout(done, ms));

async function connected(stopped) {
  for (let wait = 250; !stopped(); wait = Math.min(2000, wait * 2)) {
    const hub = connect();
    if (hub.state === 'Connected') return hub;
    try {
      if (hub.state === 'Disconnected') await hub.start();
      else await pause(50);
    } catch {
      await pause(wait);
    }
  }
  return null;
}

// Calls chunk(message) for every message of the arm from sample `from()` on; returns { stop }. failed(text) when the server says no.
export function listen(take, arm, { from, chunk, failed }) {
  let stopped = false,
    subscription = null;
  const once = hub =>
    new Promise(resolve => {
      subscription = hub.stream('Listen', take, arm, from()).subscribe({
        next: message => {
          if (!stopped) chunk(message);
        },
        complete: () => resolve('complete'),
        error: error => resolve(hub.state === 'Connected' && /HubException/.test(error.message) ? error : 'broken'),
      });
    });
  (async () => {
    for (;;) {
      const hub = await connected(() => stopped);
      if (!hub) return;
      const outcome = await once(hub);
      if (stopped || outcome === 'complete') return;
      if (outcome !== 'broken') {
        failed(outcome.message.replace(/^.*HubException: /, ''));
        return;
      }
      await pause(250);
    }
  })();
  return {
    stop() {
      stopped = true;
      subscription?.dispose();
    },
  };
}
