// A few at a time, in the order of asking; what is aborted while it waits never starts.
const AT_ONCE = 2;
const waiting = [];
let running = 0;

export function inTurn(work, signal) {
  return new Promise((resolve, reject) => {
    waiting.push({ work, signal, resolve, reject });
    next();
  });
}

function next() {
  while (running < AT_ONCE && waiting.length > 0) {
    const { work, signal, resolve, reject } = waiting.shift();
    if (signal?.aborted) {
      reject(new DOMException('Not wanted any more.', 'AbortError'));
      continue;
    }
    running++;
    work()
      .then(resolve, reject)
      .finally(() => {
        running--;
        next();
      });
  }
}
