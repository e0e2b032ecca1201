// A SignalR connection that reconnects automatically for as long as it has users. All callers share one connection and one attempt.
//   new Hub('hubs/audio', {
//     wanted() {},             // whether to keep trying
//     prepare(connection) {},  // registers handlers on the new connection
//     failed() {},             // an attempt failed; the next one follows
//   })
const FIRST_WAIT = 150; // ms; doubled after every failed attempt
const LONGEST_WAIT = 2000;

export class Hub {
  #attempt = null;

  constructor(path, { wanted, prepare = () => {}, failed = () => {} }) {
    Object.assign(this, { path, wanted, prepare, failed, connection: null });
  }

  get connected() {
    return this.connection?.state === 'Connected';
  }

  // The connection once it is connected; null when it is no longer wanted.
  connect() {
    if (this.connected) return Promise.resolve(this.connection);
    if (!this.wanted()) return Promise.resolve(null);
    return (this.#attempt ??= this.#keepTrying());
  }

  async #keepTrying() {
    for (let wait = FIRST_WAIT; this.wanted(); wait = Math.min(wait * 2, LONGEST_WAIT)) {
      this.connection ??= this.#build();
      try {
        await this.connection.start();
        this.#attempt = null;
        return this.connection;
      } catch {
        this.failed();
        await new Promise(resume => setTimeout(resume, wait));
      }
    }
    this.#attempt = null;
    return null;
  }

  #build() {
    const { HubConnectionBuilder, LogLevel } = globalThis.signalR;
    const connection = new HubConnectionBuilder().withUrl(this.path).configureLogging(LogLevel.None).build();
    this.prepare(connection);
    return connection;
  }
}
