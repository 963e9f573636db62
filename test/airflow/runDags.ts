/*
 * Reads a folder of DAG files and prints what is in it as one JSON line:
 * `listed`, the ids of what can be run, and `problems`. With --run it runs each
 * of them once, with an engine and a store of its own, and prints a JSON line
 * for each. See score.mjs.
 *
 *   runDags.ts --folder DIR --python FILE [--run] [--env NAME=VALUE]
 *     [--only REGEX] [--seconds 75] [--logs DIR]
 */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runHeadless } from '@maestro/plugin-maestro-backend';
import {
  createAirflowExecutor,
  readDagFolder,
} from '@maestro/plugin-maestro-backend-module-airflow';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    python: { type: 'string' },
    run: { type: 'boolean' },
    only: { type: 'string' },
    seconds: { type: 'string', default: '75' },
    logs: { type: 'string' },
    env: { type: 'string', multiple: true, default: [] },
  },
});

const env = Object.fromEntries(
  values.env!.map(text => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  }),
);

const silent = () => {};
const logger = {
  error: (text: string) => process.stderr.write(`${text}\n`),
  warn: silent,
  info: silent,
  debug: silent,
  child: () => logger,
};

async function main(): Promise<void> {
  const folder = resolve(values.folder!);
  const python = resolve(values.python!);
  const { pipelines, problems } = await readDagFolder({
    folder,
    python,
    env,
    podsInPython: 'there is no cluster',
  });
  const only = new RegExp(values.only ?? '');
  print({
    listed: pipelines.map(({ dagId }) => dagId),
    problems: problems.map(({ file, dagId, message }) => ({
      name: dagId ?? file,
      message,
    })),
  });
  if (!values.run) return;
  const home = mkdtempSync(join(tmpdir(), 'maestro-score-'));
  try {
    for (const dag of pipelines.filter(({ dagId }) => only.test(dagId))) {
      const others = pipelines.filter(other => other !== dag);
      print(await runOne(dag, { folder, python, home, others }));
    }
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Pipeline = Awaited<ReturnType<typeof readDagFolder>>['pipelines'][number];

interface Around {
  folder: string;
  python: string;
  home: string;
  /** Which it may start or look at. */
  others: readonly Pipeline[];
}

async function runOne(
  dag: Pipeline,
  { folder, python, home, others }: Around,
): Promise<object> {
  const { dagId, definition } = dag;
  const filesOf = ({ files }: Pipeline) =>
    files.map(path => ({ path, content: readFileSync(join(folder, path)) }));
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), Number(values.seconds) * 1000);
  const began = Date.now();
  try {
    const result = await runHeadless({
      definition,
      files: filesOf(dag),
      others: others.map(other => ({
        definition: other.definition,
        files: filesOf(other),
      })),
      params: {},
      connections: [],
      variables: {},
      logicalDate: Date.UTC(2026, 5, 1),
      logger: logger as never,
      cancelGraceMs: 1_000,
      signal: abort.signal,
      createExecutor: dataDir =>
        createAirflowExecutor({
          processes: createLocalExecutor({
            dataDir: join(dataDir, 'airflow'),
            maxParallel: 4,
          }),
          environments: { default: { python, env } },
          homeDir: home,
        }),
      onLog: ({ taskId, bytes }) => {
        if (!values.logs) return;
        mkdirSync(values.logs, { recursive: true });
        appendFileSync(join(values.logs, `${dagId}.${taskId}.log`), bytes);
      },
    });
    return {
      dagId,
      state: abort.signal.aborted ? 'timed out' : result.state,
      reason: result.reason,
      seconds: (Date.now() - began) / 1000,
      tasks: result.tasks.filter(
        ({ state }) => !['success', 'skipped'].includes(state),
      ),
    };
  } catch (error) {
    return { dagId, state: 'error', reason: String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
