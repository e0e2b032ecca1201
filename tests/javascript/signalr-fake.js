// A SignalR client whose server is the test: globalThis.signalR = fakeSignalR().
import { vi } from 'vitest';

export function fakeSignalR() {
  const connections = [];
  class FakeConnection {
    state = 'Disconnected';
    failures = 0; // attempts that fail before one succeeds
    handlers = {};
    closed = () => {};
    start = vi.fn(async () => {
      if (this.failures > 0) {
        this.failures--;
        throw new Error('refused');
      }
      this.state = 'Connected';
    });
    invoke = vi.fn(async () => {});
    send = vi.fn(async () => {});
    on(name, handler) {
      this.handlers[name] = handler;
    }
    onclose(handler) {
      this.closed = handler;
    }
    // What the server sends.
    receive(name, ...values) {
      this.handlers[name](...values);
    }
    // The connection breaks.
    drop() {
      this.state = 'Disconnected';
      this.closed();
    }
  }
  class HubConnectionBuilder {
    withUrl() {
      return this;
    }
    configureLogging() {
      return this;
    }
    build() {
      const made = new FakeConnection();
      connections.push(made);
      return made;
    }
  }
  return { HubConnectionBuilder, LogLevel: { None: 6 }, connections };
}
