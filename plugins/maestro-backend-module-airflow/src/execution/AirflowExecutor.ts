import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  AIRFLOW_EXECUTOR,
  type AirflowPodDefinition,
} from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type ExecutorHealth,
  type ExecutorStartOptions,
  type LaunchRequest,
  type LogSlice,
  type ObservedAttempt,
  type RenderRequest,
  type TaskExecutor,
  type TriggerHost,
  type WantedAttempt,
} from '@maestro/plugin-maestro-node';
import {
  passedOn,
  pythonPath,
  pythonSources,
} from '../parse/airflowEnvironment';
import { AirflowTriggers } from './AirflowTriggers';
import { bashLaunch } from './bashLaunch';
import { AIRFLOW_SETTINGS } from './airflowSettings';
import { forkServerName } from './forkServerName';
import { podTask } from './podTask';
import { RenderProcess } from './RenderProcess';
import type { TriggerLimits } from './TriggerProcess';

/**
 * A Python environment with Airflow.
 *
 * @public
 */
export interface AirflowTaskEnvironment {
  /** Absolute path of the interpreter; without one its tasks fail. */
  python: string | undefined;
  /**
   * Variables for every task, such as `AIRFLOW__CORE__PLUGINS_FOLDER`; they are
   * there when Airflow is imported.
   * @defaultValue none
   */
  env?: Record<string, string>;
}

/**
 * Options of {@link createAirflowExecutor}.
 *
 * @public
 */
export interface AirflowExecutorOptions {
  /** Runs the processes; of a data directory of its own. */
  processes: TaskExecutor;
  /** By name. */
  environments: Record<string, AirflowTaskEnvironment>;
  /** Absolute; AIRFLOW_HOME and the logs of fork servers are below it. */
  homeDir: string;
  /**
   * Of the process that runs triggers.
   * @defaultValue 1 GiB, 60 s
   */
  triggerLimits?: Partial<TriggerLimits>;
}

/** What Airflow says to tasks, so that none reaches for its database. */
const WITHOUT_DATABASE = {
  AIRFLOW__CORE__SQL_ALCHEMY_CONN: 'airflow-db-not-allowed:///',
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: 'airflow-db-not-allowed:///',
};

class AirflowExecutor implements TaskExecutor {
  readonly name = AIRFLOW_EXECUTOR;
  readonly #options: AirflowExecutorOptions;
  readonly renew?: TaskExecutor['renew'];
  readonly triggers: AirflowTriggers;
  /** By name of the environment. */
  readonly #renderers = new Map<string, RenderProcess>();

  constructor(options: AirflowExecutorOptions) {
    this.#options = options;
    mkdirSync(options.homeDir, { recursive: true, mode: 0o700 });
    const { processes } = options;
    this.renew = processes.renew?.bind(processes);
    this.triggers = new AirflowTriggers({
      environments: options.environments,
      homeDir: options.homeDir,
      envOf: name =>
        this.#serverEnvironment(
          join(options.homeDir, name),
          options.environments[name],
        ),
      limits: options.triggerLimits,
    });
  }

  get instance(): string {
    return this.#options.processes.instance;
  }

  get place(): string | undefined {
    return this.#options.processes.place;
  }

  get capabilities(): TaskExecutor['capabilities'] {
    return this.#options.processes.capabilities;
  }

  start(options: ExecutorStartOptions): Promise<void> {
    return this.#options.processes.start(options);
  }

  async render(request: RenderRequest): Promise<string[]> {
    const { name, environment, python } = this.#environmentOf(request.env);
    let renderer = this.#renderers.get(name);
    if (!renderer) {
      const server = this.#serverOf(name, environment, python);
      renderer = new RenderProcess({
        python,
        home: server.home,
        nameOf: async () =>
          forkServerName({ ...server, scripts: pythonSources() }),
        env: {
          ...server.env,
          PYTHONPATH: pythonPath(environment.env),
          // Its log is what it says when it dies.
          AIRFLOW__LOGGING__LOGGING_LEVEL: 'ERROR',
        },
      });
      this.#renderers.set(name, renderer);
    }
    return renderer.render(request);
  }

  translate(
    request: LaunchRequest,
    how: AirflowPodDefinition,
  ): Promise<LaunchRequest> {
    return podTask(request, how);
  }

  async launch(request: LaunchRequest): Promise<void> {
    const { name, environment, python } = this.#environmentOf(request.env);
    const scripts = pythonSources();
    const server = this.#serverOf(name, environment, python);
    const { PATH: usual = '/usr/local/bin:/usr/bin:/bin' } = process.env;
    // A command of a task finds the programs of its environment first.
    const before = `${dirname(python)}:`;
    if (request.bash) {
      const around = {
        // What a fork of the server has of it.
        ...Object.fromEntries(
          Object.entries(server.env).filter(([key]) =>
            key.startsWith('AIRFLOW_'),
          ),
        ),
        ...WITHOUT_DATABASE,
        SHLVL: '1',
        ...environment.env,
        PATH: before + usual,
      };
      await this.#options.processes.launch({
        ...request,
        ...bashLaunch(request.bash, request, around),
      });
      return;
    }
    await this.#options.processes.launch({
      ...request,
      command: [
        python,
        // The standard library alone, from its frozen modules: it costs each
        // task its start.
        '-I',
        '-S',
        join(scripts, 'run_task.py'),
        forkServerName({ ...server, scripts }),
        join(scripts, 'fork_server.py'),
      ],
      env: {
        ...environment.env,
        ...request.env,
        PATH: before + (request.env.PATH ?? usual),
        MAESTRO_AIRFLOW_SERVER: JSON.stringify(server),
      },
    });
  }

  #environmentOf(env: Record<string, string>): {
    name: string;
    environment: AirflowTaskEnvironment;
    python: string;
  } {
    const name = env.MAESTRO_AIRFLOW_ENVIRONMENT;
    if (name === undefined) {
      throw new ExecutorError(
        'config',
        'The executor "airflow" runs tasks of DAG files only; a command wants the executor "local" or "kubernetes"',
      );
    }
    const environment = this.#options.environments[name];
    if (!environment) {
      throw new ExecutorError(
        'config',
        `The Python environment "${name}" is not configured; there are: ${
          Object.keys(this.#options.environments).join(', ') || 'none'
        }`,
      );
    }
    const { python } = environment;
    if (python === undefined || !existsSync(python)) {
      throw new ExecutorError(
        'config',
        `The Python environment "${name}" has no interpreter${
          python === undefined ? '' : ` at ${python}`
        }: set maestro.airflow.environments.${name}.python`,
      );
    }
    return { name, environment, python };
  }

  cancel(attemptId: string, options: { graceMs: number }): Promise<void> {
    return this.#options.processes.cancel(attemptId, options);
  }

  list(options?: {
    wanted?: readonly WantedAttempt[];
  }): Promise<ObservedAttempt[]> {
    return this.#options.processes.list(options);
  }

  readLog(
    attemptId: string,
    options: { offset: number; limit: number },
  ): Promise<LogSlice> {
    return this.#options.processes.readLog(attemptId, options);
  }

  forget(attemptId: string): Promise<void> {
    return this.#options.processes.forget(attemptId);
  }

  async health(): Promise<ExecutorHealth> {
    const missing = Object.entries(this.#options.environments).filter(
      ([, { python }]) => python === undefined || !existsSync(python),
    );
    const health = await this.#options.processes.health();
    if (!health.ok || missing.length === 0) return health;
    return {
      ok: true,
      message: `Tasks of these Python environments fail, because they have no interpreter: ${missing
        .map(([name, { python }]) => `${name} (${python ?? 'none configured'})`)
        .join(', ')}`,
    };
  }

  async stop(): Promise<void> {
    this.triggers.end();
    await Promise.all(
      [...this.#renderers.values()].map(renderer => renderer.stop()),
    );
    await this.#options.processes.stop();
  }

  /** What the fork server of an environment is started with. */
  #serverOf(
    name: string,
    environment: AirflowTaskEnvironment,
    python: string,
  ): { python: string; home: string; env: Record<string, string> } {
    const home = join(this.#options.homeDir, name);
    return { python, home, env: this.#serverEnvironment(home, environment) };
  }

  #serverEnvironment(
    home: string,
    environment: AirflowTaskEnvironment,
  ): Record<string, string> {
    return {
      AIRFLOW_HOME: home,
      ...passedOn(process.env),
      ...AIRFLOW_SETTINGS,
      ...environment.env,
    };
  }
}

/**
 * The executor `airflow`: tasks of DAG files, each a fork of a process that has
 * imported Airflow. Everything else (logs, listing, limits, what happens when
 * a process dies) is that of the executor it is given.
 *
 * @public
 */
export function createAirflowExecutor(
  options: AirflowExecutorOptions,
): TaskExecutor & { readonly triggers: TriggerHost } {
  return new AirflowExecutor(options);
}
