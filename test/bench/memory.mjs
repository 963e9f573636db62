import fs from 'node:fs';
import { registered, writePipeline } from '../portal/pipelines.mjs';
import { startPortal } from '../portal/portal.mjs';
import { head, row } from './benchProgram.mjs';

/*
 * How much the backend keeps of runs that are over: memory after a collection
 * at run 100 and at run 1,000.
 *
 *   node test/bench/memory.mjs
 *
 * The goal is a growth of at most 50 MB. It fails only when something does not
 * work.
 */

const FROM = 100;
const TO = 1_000;
const AT_ONCE = 8;
const INSPECTOR = 'http://127.0.0.1:9229/json';

/** Collects garbage in a process and tells what its heap holds, in MB. */
async function heapAfterCollection(pid) {
  // Opens the inspector of a running Node on loopback.
  process.kill(pid, 'SIGUSR1');
  let target;
  for (let tries = 0; !target && tries < 50; tries++) {
    await new Promise(resolve => {
      setTimeout(resolve, 200);
    });
    target = await fetch(INSPECTOR)
      .then(answer => answer.json())
      .then(
        ([first]) => first,
        () => undefined,
      );
  }
  if (!target) throw new Error('The inspector of the backend did not open.');
  const socket = new globalThis.WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    waiting.get(id)?.(result);
  };
  const ask = (id, method) =>
    new Promise(resolve => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  await ask(1, 'HeapProfiler.collectGarbage');
  await ask(2, 'HeapProfiler.collectGarbage');
  const { usedSize } = await ask(3, 'Runtime.getHeapUsage');
  socket.close();
  return usedSize / 1e6;
}

const rss = pid =>
  Number(
    /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1],
  ) / 1e3;

const portal = await startPortal();
try {
  writePipeline(portal, 'bench_memory', {
    tasks: [0, 1, 2].map(no => ({
      id: `t${no}`,
      dependsOn: no ? [`t${no - 1}`] : [],
      run: { command: ['/bin/echo', 'a line of log'] },
    })),
  });
  await registered(portal, ['bench_memory']);
  const one = async () => {
    const { runId } = await portal.api.post('/pipelines/bench_memory/runs', {});
    const { state } = await portal.api.finished(runId);
    if (state !== 'success') throw new Error(`Run ${runId} is ${state}`);
  };
  let done = 0;
  const upTo = async count => {
    while (done < count) {
      const batch = Math.min(AT_ONCE, count - done);
      await Promise.all(Array.from({ length: batch }, one));
      done += batch;
    }
  };
  const pid = portal.backendPid();
  const measure = async () => ({
    heap: await heapAfterCollection(pid),
    rss: rss(pid),
  });
  await upTo(FROM);
  const before = await measure();
  await upTo(TO);
  const after = await measure();
  const mb = value => `${value.toFixed(0)} MB`;
  head('after run', 'heap after a collection', 'resident');
  row(FROM, mb(before.heap), mb(before.rss));
  row(TO, mb(after.heap), mb(after.rss));
  row('growth (goal 50 MB)', mb(after.heap - before.heap), '');
} finally {
  await portal.stop();
}
