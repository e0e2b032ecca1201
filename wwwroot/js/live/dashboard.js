// Live runs, from the hub /hubs/dashboard.
//
//   const watch = watchRun(runId, {
//     snapshot(model) {},              // everything so far: first, and whenever everything has to be redrawn
//     points(added, model) {},         // new points, oldest first
//     histogram(added, model) {},      // one new histogram
//     resumed(step, model) {},         // the run went back to this step: model has dropped what came after
//     status(status, model) {},        // the run's status
//     log(lines, model) {},            // new log lines
//     state(state) {},                 // 'connecting' | 'live' | 'away' | 'missing'
//   });
//   watch.stop();
//
// model = { points: [{ line, step, time, loss, explainedVariance, … }], histograms: [{ line, step, time, log10From, log10To, counts,
//           silent, columns }], status: { stage, state, step, total, rate, etaSeconds, totalEtaSeconds, stages, error, …, waiting,
//           saeReady }, log: [] }   (the model is the client's: read it, do not change it)
// Every handler is optional. No point is lost or given twice, whatever happens to the connection or the server: the number of a point's
// line in the run's file says what is new, here and in every server that will ever read the file.

import { Hub } from '../hub.js';

const LOG_KEPT = 300;

const watched = new Map();
const hub = new Hub('/hubs/dashboard', { wanted: () => watched.size > 0, prepare, failed });

export function watchRun(runId, handlers) {
  let run = watched.get(runId);
  if (!run) {
    run = { runId, listeners: new Set(), model: null, seen: null, syncing: false, state: 'connecting' };
    watched.set(runId, run);
    if (hub.connected) sync(run);
    else void connect();
  }
  run.listeners.add(handlers);
  handlers.state?.(run.state);
  if (run.model) handlers.snapshot?.(run.model);
  return {
    stop() {
      if (!run.listeners.delete(handlers) || run.listeners.size > 0) return;
      watched.delete(runId);
      if (hub.connected) hub.connection.send('UnwatchRun', runId).catch(() => {});
    },
  };
}

async function connect() {
  if (await hub.connect()) for (const run of watched.values()) sync(run);
}

function failed() {
  for (const run of watched.values()) tell(run, run.model ? 'away' : 'connecting');
}

function prepare(connection) {
  connection.on('Snapshot', snapshot => withRun(snapshot.runId, run => takeSnapshot(run, snapshot)));
  connection.on('Points', (runId, change) => withRun(runId, run => takePoints(run, change)));
  connection.on('Histogram', (runId, change) => withRun(runId, run => takeHistograms(run, change)));
  connection.on('Log', (runId, change) => withRun(runId, run => takeLog(run, change)));
  connection.on('Status', (runId, live) => withRun(runId, run => takeStatus(run, live)));
  connection.on('Missing', runId => withRun(runId, run => tell(run, 'missing')));
  connection.onclose(() => {
    for (const run of watched.values()) {
      run.syncing = false;
      tell(run, 'away');
    }
    void connect();
  });
}

function withRun(runId, action) {
  const run = watched.get(runId);
  if (run) action(run);
}

// Asks for what is missing: all of it the first time, afterwards what came after the lines that are here.
function sync(run) {
  if (run.syncing) return;
  run.syncing = true;
  hub.connection.invoke('WatchRun', run.runId, run.seen).catch(() => {
    run.syncing = false;
  });
}

function takeSnapshot(run, snapshot) {
  run.syncing = false;
  if (snapshot.full || !run.model) {
    run.model = { points: snapshot.points.map(flat), histograms: snapshot.histograms, status: status(snapshot.status), log: snapshot.log };
    run.seen = { points: snapshot.pointsLine, histograms: snapshot.histogramsLine, log: snapshot.logLine };
    tell(run, 'live');
    give(run, 'snapshot', run.model);
    return;
  }
  tell(run, 'live');
  addPoints(run, snapshot.points, snapshot.pointsLine);
  addHistograms(run, snapshot.histograms, snapshot.histogramsLine);
  addLog(run, snapshot.log, snapshot.logLine);
  if (snapshot.status) takeStatus(run, snapshot.status);
}

// What was seen is passed over; where something is missing, nothing is taken and the rest is asked for.
function isNext(run, change, seen) {
  if (!run.model || run.syncing || change.to <= seen) return false;
  if (change.from <= seen + 1) return true;
  sync(run);
  return false;
}

function takePoints(run, change) {
  if (!isNext(run, change, run.seen?.points)) return;
  if (change.resumedFrom !== null && change.from > run.seen.points) {
    run.model.points = run.model.points.filter(point => point.step <= change.resumedFrom);
    give(run, 'resumed', change.resumedFrom, run.model);
  }
  addPoints(run, change.points, change.to);
}

function addPoints(run, points, line) {
  const added = points.filter(point => point.line > run.seen.points).map(flat);
  run.seen.points = Math.max(run.seen.points, line);
  if (added.length === 0) return;
  run.model.points.push(...added);
  give(run, 'points', added, run.model);
}

function takeHistograms(run, change) {
  if (!isNext(run, change, run.seen?.histograms)) return;
  if (change.resumedFrom !== null && change.from > run.seen.histograms) {
    run.model.histograms = run.model.histograms.filter(histogram => histogram.step <= change.resumedFrom);
    give(run, 'resumed', change.resumedFrom, run.model);
  }
  addHistograms(run, change.histograms, change.to);
}

function addHistograms(run, histograms, line) {
  const added = histograms.filter(histogram => histogram.line > run.seen.histograms);
  run.seen.histograms = Math.max(run.seen.histograms, line);
  for (const histogram of added) {
    run.model.histograms.push(histogram);
    give(run, 'histogram', histogram, run.model);
  }
}

function takeLog(run, change) {
  if (isNext(run, change, run.seen?.log)) addLog(run, change.lines, change.to);
}

function addLog(run, lines, line) {
  const fresh = Math.min(lines.length, line - run.seen.log);
  run.seen.log = Math.max(run.seen.log, line);
  if (fresh <= 0) return;
  const added = lines.slice(-fresh);
  run.model.log.push(...added);
  run.model.log.splice(0, run.model.log.length - LOG_KEPT);
  give(run, 'log', added, run.model);
}

function takeStatus(run, live) {
  if (!run.model) return;
  run.model.status = status(live);
  give(run, 'status', run.model.status, run.model);
}

function status(live) {
  return live && { ...live.status, waiting: live.waiting, saeReady: live.saeReady };
}

function flat(point) {
  return { ...point.values, line: point.line, step: point.step, time: point.time };
}

function tell(run, state) {
  if (run.state === state) return;
  run.state = state;
  give(run, 'state', state);
}

// One listener's fault is not the others'.
function give(run, name, ...values) {
  for (const listener of [...run.listeners]) {
    try {
      listener[name]?.(...values);
    } catch (error) {
      console.error(error);
    }
  }
}
