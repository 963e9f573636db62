import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  registered,
  withoutFirstRuns,
  writePipeline,
} from '../portal/pipelines.mjs';
import { startPortal, temporaryFolder } from '../portal/portal.mjs';
import { head, ROOT, row } from './benchProgram.mjs';

/*
 * The figures of the first slice, goal and reached side by side, in one run
 * with the bare loop they are compared with:
 *
 *   node test/bench/chain.mjs
 *
 * Run it alone: beside a compile it measures the compile. It fails only when
 * something does not work; a goal that is missed is shown, not hidden.
 */

const BARE = path.join(ROOT, 'plugins/maestro-node/bench/bareLoop.mjs');
const run = promisify(execFile);

const STEPS = 40;
const WARM_UP = 3;
const ROUNDS = 15;

const sorted = values => [...values].sort((a, b) => a - b);
const quantile = (values, q) => {
  const all = sorted(values);
  return all[Math.min(all.length - 1, Math.floor(q * all.length))];
};
const median = values => quantile(values, 0.5);
const ms = value => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

async function bareLoop() {
  const folder = temporaryFolder();
  try {
    const { stdout } = await run(process.execPath, [
      BARE,
      String(STEPS),
      folder,
    ]);
    return JSON.parse(stdout).reduce((sum, step) => sum + step, 0);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** One run of a chain: how long it took, and the gap before each next task. */
async function chain(portal, name) {
  const { runId } = await portal.api.post(`/pipelines/${name}/runs`, {});
  const detail = await portal.api.finished(runId);
  if (detail.state !== 'success')
    throw new Error(`${name} is ${detail.state}: ${detail.stateReason}`);
  const tasks = [...detail.tasks].sort((a, b) => a.taskNo - b.taskNo);
  return {
    total: detail.endedAt - detail.startedAt,
    gaps: tasks
      .slice(1)
      .map((task, i) => Math.max(0, task.startedAt - tasks[i].endedAt)),
  };
}

/** Resident memory of a process in MiB. */
function memory(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

async function commandTime(portal) {
  const times = [];
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await run(
      path.join(ROOT, 'packages/cli/bin/maestro'),
      ['pipelines', 'list'],
      { env: { ...process.env, MAESTRO_DATA_DIR: portal.dataDir } },
    );
    times.push(performance.now() - start);
  }
  return median(times);
}

const portal = await startPortal();
const rows = [];
try {
  // They would be measured too.
  await withoutFirstRuns(portal);
  writePipeline(portal, 'bench_chain', {
    maxActiveRuns: 1,
    tasks: Array.from({ length: STEPS }, (_, i) => ({
      id: `t${i}`,
      dependsOn: i ? [`t${i - 1}`] : [],
      run: { command: ['/bin/true'] },
    })),
  });
  await registered(portal, ['bench_chain']);
  for (let i = 0; i < WARM_UP; i++) await chain(portal, 'bench_chain');

  const bare = [];
  const ours = [];
  // Taken in turns, so that both see the same machine.
  for (let i = 0; i < ROUNDS; i++) {
    bare.push(await bareLoop());
    ours.push(await chain(portal, 'bench_chain'));
  }
  const totals = ours.map(one => one.total);
  const gaps = ours.flatMap(one => one.gaps);
  const ratio = median(totals) / median(bare);
  rows.push(
    [
      `chain of ${STEPS} trivial processes, through the portal`,
      '≤ 3× the bare loop',
      `${ms(median(totals))} against ${ms(median(bare))}: ${ratio.toFixed(1)}×`,
    ],
    [
      'the same against tuned Airflow 3 (10.2 s, measured elsewhere)',
      '≥ 50× faster',
      `${(10_200 / median(totals)).toFixed(0)}× faster`,
    ],
    [
      'from a task that ended to the next one running (SQLite)',
      'p50 < 3 ms, p99 < 15 ms',
      `p50 ${ms(median(gaps))}, p99 ${ms(quantile(gaps, 0.99))}`,
    ],
    [
      'memory of the backend with the portal',
      '≤ 900 MB',
      `${memory(portal.backendPid()).toFixed(0)} MB`,
    ],
    [
      'one command, `maestro pipelines list`',
      '< 0.3 s',
      ms(await commandTime(portal)),
    ],
  );
} finally {
  await portal.stop();
}

head('what', 'goal', 'reached');
rows.forEach(cells => row(...cells));
