import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPortal } from '../portal/portal.mjs';
import { processesOf, residentBytes } from '../portal/processes.mjs';
import { head, ROOT, row } from './benchProgram.mjs';
import { cpuOfTrees, cpuSeconds } from './cpu.mjs';
import { MARKS, writeDagFolder } from './dagFolderFiles.mjs';

/*
 * What a folder of many DAG files costs: reading it, reading it again, and how
 * soon a change of it is live, through the whole portal.
 *
 *   node test/bench/dagFolder.mjs [--files 1000] [--rest 60]
 *
 * "Live" is when the API tells the new version. Each file says itself that it
 * is run (a line in a file outside of the folder), so what is counted is what
 * Python did and not what the backend says of it. The goals: nothing is run
 * that did not change, and a change is live within 10 s. Python as for the
 * suite airflow: .tools/airflow or MAESTRO_AIRFLOW_PYTHON. It fails only when
 * something does not work.
 */

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    /** Seconds that it is left alone. */
    rest: { type: 'string', default: '60' },
  },
});
const FILES = Number(values.files);
const REST_S = Number(values.rest);
/** Seconds that one file may take; the default of the configuration. */
const LIMIT_S = 30;
const python =
  process.env.MAESTRO_AIRFLOW_PYTHON ??
  path.join(ROOT, '.tools/airflow/bin/python');
const temp = fs.realpathSync(
  fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-bench-dags-')),
);
const folder = path.join(temp, 'dags');
const marks = path.join(temp, 'marks');
fs.mkdirSync(folder);
fs.mkdirSync(marks);
fs.writeFileSync(path.join(marks, `${MARKS}.py`), marksModule());
const readsFile = path.join(temp, 'reads.txt');
fs.writeFileSync(readsFile, '');

/** Every DAG file calls it: one line each time that it is run. */
function marksModule() {
  return `import os
def read(file):
    fd = os.open(os.environ["BENCH_READS"], os.O_WRONLY | os.O_APPEND)
    os.write(fd, (os.path.basename(file) + "\\n").encode())
    os.close(fd)
`;
}

const sleep = ms =>
  new Promise(resolve => {
    setTimeout(resolve, ms);
  });
const reads = () =>
  fs.readFileSync(readsFile, 'utf8').split('\n').filter(Boolean);
const secondsSince = begin => (performance.now() - begin) / 1000;
const seconds = (value, digits = 1) => `${value.toFixed(digits)} s`;
const mb = bytes => `${(bytes / 1e6).toFixed(0)} MB`;

const portal = await startPortal({
  config: {
    maestro: {
      firstRun: false,
      catalog: { folders: [] },
      pipelines: { removeAfter: { seconds: 1 } },
      airflow: {
        sources: [
          {
            name: 'bench',
            folder,
            owner: 'group:default/ml-team',
            environment: 'bench',
          },
        ],
        environments: {
          bench: { python, env: { PYTHONPATH: marks, BENCH_READS: readsFile } },
        },
      },
    },
  },
});

const parseProcess = () =>
  processesOf(portal.dataDir).find(({ command }) =>
    command.includes('maestro_airflow.parse'),
  )?.pid;

async function waitFor(what, condition, timeoutMs = 600_000) {
  const begin = performance.now();
  while (!(await condition())) {
    if (performance.now() - begin > timeoutMs)
      throw new Error(
        `Not in time: ${what}\n${portal.backendLog().slice(-2000)}`,
      );
    await sleep(100);
  }
  return secondsSince(begin);
}

const versionOf = async name => {
  try {
    return (await portal.api.get(`/pipelines/${name}`)).versionNumber;
  } catch (error) {
    if (error.status === 404) return undefined;
    throw error;
  }
};
/** Names of pipelines that are there: one that was removed keeps its history. */
const live = async () =>
  (await portal.api.get('/pipelines')).items
    .filter(({ removed }) => !removed)
    .map(({ name }) => name);
const problemOf = async file =>
  (await portal.api.get('/problems')).items.find(one =>
    one.problems.some(problem => problem.file?.endsWith(file)),
  );

/** Processor of the two at rest, in ms a second. */
async function atRest() {
  const pid = parseProcess();
  const before = [cpuOfTrees([pid]), cpuSeconds(portal.backendPid())];
  const begin = performance.now();
  await sleep(REST_S * 1000);
  const after = [cpuOfTrees([pid]), cpuSeconds(portal.backendPid())];
  const passed = secondsSince(begin);
  const [source, backend] = after.map(
    (value, i) => ((value - before[i]) * 60) / passed,
  );
  return { source, backend };
}

/** Files that were run because of a change, and when it was live. */
async function change(what, make, isLive) {
  // What came before it is told, and another look is under way or over.
  await sleep(6_000);
  const before = reads().length;
  await make();
  const took = await waitFor(what, isLive);
  // Whatever else would be run because of it.
  await sleep(8_000);
  const run = reads().slice(before);
  row(what, seconds(took), run.length, shortList([...new Set(run)]));
  return took;
}

function shortList(names) {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} … ${names.at(-1)}`;
}

const rewrite = (file, edit) => {
  const full = path.join(folder, file);
  fs.writeFileSync(full, edit(fs.readFileSync(full, 'utf8')));
};
const becomesNext = name => {
  let before;
  return {
    remember: async () => {
      before = await versionOf(name);
    },
    isLive: async () => ((await versionOf(name)) ?? 0) > before,
  };
};

try {
  await waitFor('the process that reads DAG files', parseProcess);
  await sleep(10_000);
  const restEmpty = await atRest();
  const memoryEmpty = residentBytes(portal.backendPid());

  const written = writeDagFolder(folder, FILES);
  const begin = performance.now();
  let most = 0;
  let firstLive;
  await waitFor('all DAGs are live', async () => {
    await sleep(400);
    most = Math.max(most, residentBytes(parseProcess()));
    const { length } = await live();
    if (length > 0) firstLive ??= secondsSince(begin);
    return length >= written.dags.length;
  });
  const first = secondsSince(begin);
  const parsedFirst = reads().length;
  const { items } = await portal.api.get('/problems');
  if (items.length > 0)
    throw new Error(`A file could not be read: ${JSON.stringify(items[0])}`);
  const restFull = await atRest();
  const parsedAtRest = reads().length - parsedFirst;

  head('what', 'value');
  row(
    'DAG files, and DAGs in them',
    `${written.dagFiles}, ${written.dags.length}`,
  );
  row('until the first is live', seconds(firstLive));
  row('until all are live', seconds(first));
  row('files a second', (written.dagFiles / first).toFixed(1));
  row('files run for it', parsedFirst);
  row(`files run in ${REST_S} s without a change (goal 0)`, parsedAtRest);
  row('memory of the process that reads, at most', mb(most));
  row(
    'memory of the backend, empty and with them',
    `${mb(memoryEmpty)}, ${mb(residentBytes(portal.backendPid()))}`,
  );
  row(
    'processor at rest, a minute: process that reads, empty and with them',
    `${seconds(restEmpty.source, 2)}, ${seconds(restFull.source, 2)}`,
  );
  row(
    'processor at rest, a minute: backend, empty and with them',
    `${seconds(restEmpty.backend, 2)}, ${seconds(restFull.backend, 2)}`,
  );
  process.stdout.write('\n');

  head('change', 'live after (goal 10 s)', 'files run', 'which');
  const one = becomesNext(written.plain[0].dag);
  await change(
    'one file',
    async () => {
      await one.remember();
      rewrite(written.plain[0].file, text =>
        text.replace('rows = 10', 'rows = 11'),
      );
    },
    one.isLive,
  );
  const users = written.importers.map(({ dag }) => becomesNext(dag));
  await change(
    `a module that ${users.length} files import`,
    async () => {
      for (const user of users) await user.remember();
      rewrite(written.module, text => text.replace('TABLES = 4', 'TABLES = 5'));
    },
    async () => {
      for (const user of users) if (!(await user.isLive())) return false;
      return true;
    },
  );
  const made = `${written.lister.dag}_more`;
  await change(
    'a file in a folder that one lists',
    () =>
      fs.writeFileSync(
        path.join(folder, written.lister.folder, 'more.json'),
        '{}',
      ),
    async () => (await versionOf(made)) !== undefined,
  );
  await change(
    'a file that nobody reads',
    () => fs.writeFileSync(path.join(folder, 'NOTES.txt'), 'nothing'),
    () => true,
  );
  const gone = written.plain[1];
  await change(
    'one file is removed (`removeAfter` of 1 s)',
    () => fs.rmSync(path.join(folder, gone.file)),
    async () => !(await live()).includes(gone.dag),
  );

  process.stdout.write('\n');
  head('a file that loops for ever', 'after');
  await sleep(6_000);
  const beforeLoop = reads().length;
  fs.writeFileSync(
    path.join(folder, 'loops.py'),
    `import ${MARKS}\n${MARKS}.read(__file__)\nfrom airflow.sdk import DAG\nwhile True:\n    pass\n`,
  );
  const loopBegan = performance.now();
  await waitFor('it is run', () => reads().includes('loops.py'));
  const beside = becomesNext(written.plain[2].dag);
  await beside.remember();
  rewrite(written.plain[2].file, text =>
    text.replace('rows = 10', 'rows = 11'),
  );
  const besideTook = await waitFor('the change beside it', beside.isLive);
  await waitFor('its problem is told', () => problemOf('loops.py'));
  const told = secondsSince(loopBegan);
  row(`its problem is told (it may take ${LIMIT_S} s)`, seconds(told));
  row('a file changed meanwhile is live (goal 10 s)', seconds(besideTook));
  await sleep(8_000);
  row('files run for both', reads().length - beforeLoop);
  const next = becomesNext(written.plain[3].dag);
  await next.remember();
  rewrite(written.plain[3].file, text =>
    text.replace('rows = 10', 'rows = 11'),
  );
  row(
    'a file changed after it is live (goal 10 s)',
    seconds(await waitFor('a later change', next.isLive)),
  );
} finally {
  await portal.stop();
  fs.rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
}
