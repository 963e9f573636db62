import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
// eslint-disable-next-line @backstage/no-mixed-plugin-imports -- a test of both together
import {
  runHeadless,
  startHeadlessScheduler,
  type HeadlessScheduler,
  type HeadlessRunOptions,
  type HeadlessRunResult,
} from '@maestro/plugin-maestro-backend';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { AirflowPods } from '../../compile/inPod';
import { DagFolder } from '../../parse/DagFolder';
import { ParseProcess } from '../../parse/ParseProcess';
import { createAirflowExecutor } from '../AirflowExecutor';
import type { TriggerLimits } from '../TriggerProcess';

/** The interpreter of the suite. @throws without one: nothing is skipped */
export function airflowPython(): string {
  const python = process.env.MAESTRO_AIRFLOW_PYTHON;
  if (!python) {
    throw new Error(
      'MAESTRO_AIRFLOW_PYTHON names no interpreter with Airflow, which the suite "airflow" needs',
    );
  }
  return python;
}

/** What came of a run, and the log of each task. */
export interface DagRunSeen extends HeadlessRunResult {
  definition: PipelineDefinition;
  states: Record<string, string>;
  reasons: Record<string, string | undefined>;
  logs: Record<string, string>;
  /** Folder with its database, `headless.sqlite`. */
  dataDir: string;
}

/**
 * A place for runs that share a fork server and the process that reads their
 * files, as those of a portal do: importing Airflow is what takes long.
 */
export class DagRunner {
  readonly dir = mkdtempSync(join(tmpdir(), 'maestro-airflow-'));
  /** Free for what DAG files of a test write. */
  readonly scratch = join(this.dir, 'scratch');
  triggerLimits: Partial<TriggerLimits> = {};
  /** Whether tasks run without Python where they can. */
  lower = true;
  /** As which pods tasks in Python run; as processes without it. */
  pods: AirflowPods | undefined;
  /** Of the last run that began. */
  executor: ReturnType<typeof createAirflowExecutor> | undefined;
  private readonly env: Record<string, string> = {};
  private readonly reader: ParseProcess;
  private runs = 0;

  /** @param plugins - content of files that every task finds as plugins */
  constructor(plugins: Record<string, string> = {}) {
    mkdirSync(this.scratch);
    const folder = join(this.dir, 'plugins');
    mkdirSync(folder);
    for (const [path, text] of Object.entries(plugins)) {
      writeFileSync(join(folder, path), text);
      this.env.AIRFLOW__CORE__PLUGINS_FOLDER = folder;
    }
    this.reader = new ParseProcess({
      python: airflowPython(),
      home: join(this.dir, 'reader'),
      env: this.env,
    });
  }

  /** Writes a file of plugins anew, while tasks may run. */
  changePlugin(path: string, text: string): void {
    writeFileSync(join(this.dir, 'plugins', path), text);
  }

  /**
   * Runs the only DAG of a file once, with the real reader, engine, task API
   * and fork server.
   *
   * @param beside - content of other files of the folder, by path
   */
  async run(
    source: string,
    options: Partial<HeadlessRunOptions> = {},
    beside: Record<string, string> = {},
  ): Promise<DagRunSeen> {
    const { definition, files, dataDir } = await this.read(source, beside);
    const logs: Record<string, string> = {};
    const result = await runHeadless({
      definition,
      files,
      params: {},
      connections: [],
      variables: {},
      logicalDate: Date.UTC(2025, 0, 1),
      logger: mockLogger(),
      cancelGraceMs: 5_000,
      dataDir,
      createExecutor: dir => this.makeExecutor(dir),
      ...options,
      onLog: piece => {
        const { taskId, bytes } = piece;
        logs[taskId] = (logs[taskId] ?? '') + bytes.toString('utf8');
        options.onLog?.(piece);
      },
    });
    const { tasks } = result;
    return {
      ...result,
      states: Object.fromEntries(tasks.map(t => [t.taskId, t.state])),
      reasons: Object.fromEntries(tasks.map(t => [t.taskId, t.reason])),
      logs,
      definition,
      dataDir,
    };
  }

  /** Starts schedulers on one database that have the DAGs of a file. */
  async schedulers(
    source: string,
  ): Promise<(() => Promise<HeadlessScheduler>) & { database: string }> {
    const { dags, dataDir } = await this.readAll(source);
    const database = join(dataDir, 'db.sqlite');
    const start = async () => {
      const scheduler = await startHeadlessScheduler({
        database: { client: 'better-sqlite3', connection: database },
        migrate: true,
        dataDir,
        hostDir: dataDir,
        key: Buffer.alloc(32, 7).toString('base64'),
        executors: [this.makeExecutor(dataDir)],
        logger: mockLogger(),
      });
      for (const { definition, files } of dags) {
        await scheduler.store(definition, files);
      }
      return scheduler;
    };
    return Object.assign(start, { database });
  }

  /** What the only DAG of a file becomes, and what belongs to it. */
  async read(source: string, beside: Record<string, string> = {}) {
    const { dags, dataDir } = await this.readAll(source, beside);
    if (dags.length !== 1) throw new Error(`There are ${dags.length} DAGs`);
    return { ...dags[0], dataDir };
  }

  private async readAll(source: string, beside: Record<string, string> = {}) {
    this.runs += 1;
    const folder = join(this.dir, `dags-${this.runs}`);
    mkdirSync(folder);
    for (const [path, text] of Object.entries({
      ...beside,
      'dag.py': source,
    })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { pipelines, problems } = await new DagFolder({
      folder,
      process: this.reader,
      compile: {
        source: 'dags-folder',
        environment: 'default',
        ownerOf: () => 'group:default/airflow',
        ...(this.lower ? {} : { bashInPython: 'the test says so' }),
        pods: this.pods,
      },
    }).read();
    if (pipelines.length === 0 || problems.length > 0) {
      throw new Error(`The DAG file is wrong: ${JSON.stringify(problems)}`);
    }
    const dataDir = join(this.dir, `data-${this.runs}`);
    mkdirSync(dataDir);
    const dags = pipelines.map(({ definition, files }) => ({
      definition,
      files: files.map(path => ({
        path,
        content: readFileSync(join(folder, path)),
      })),
    }));
    return { dags, dataDir };
  }

  private makeExecutor(dir: string): TaskExecutor {
    this.executor = createAirflowExecutor({
      processes: createLocalExecutor({ dataDir: join(dir, 'airflow') }),
      environments: { default: { python: airflowPython(), env: this.env } },
      homeDir: join(this.dir, 'home'),
      triggerLimits: this.triggerLimits,
    });
    return this.executor;
  }

  /** The fork server ends with its folder. */
  async remove(): Promise<void> {
    await this.reader.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
