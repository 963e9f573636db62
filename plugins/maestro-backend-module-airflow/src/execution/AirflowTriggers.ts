import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  TriggerHost,
  TriggerListener,
  TriggerToRun,
} from '@maestro/plugin-maestro-node';
import {
  DEFAULT_TRIGGER_LIMITS,
  type TriggerLimits,
  TriggerProcess,
} from './TriggerProcess';

/** Triggers at the same time; as Airflow's triggerer has it. */
const CAPACITY = 1_000;

/** Runs triggers of Airflow, with a process for each Python environment. */
export class AirflowTriggers implements TriggerHost {
  readonly capacity = CAPACITY;
  private readonly processes = new Map<string, TriggerProcess>();
  private listener: TriggerListener | undefined;

  constructor(
    private readonly options: {
      environments: Record<string, { python: string | undefined }>;
      /** Absolute; AIRFLOW_HOME of an environment is below it. */
      homeDir: string;
      envOf(environment: string): Record<string, string>;
      limits?: Partial<TriggerLimits>;
    },
  ) {}

  connect(listener: TriggerListener): void {
    this.listener = listener;
  }

  has(environment: string): boolean {
    const python = this.options.environments[environment]?.python;
    return python !== undefined && existsSync(python);
  }

  start(trigger: TriggerToRun): void {
    this.processOf(trigger.environment).start(trigger);
  }

  stop(id: string, { killed }: { killed: boolean }): void {
    for (const one of this.processes.values()) one.stop(id, killed);
  }

  /** Ids of the processes, by environment. */
  pids(): Record<string, number | undefined> {
    return Object.fromEntries(
      [...this.processes].map(([name, one]) => [name, one.pid]),
    );
  }

  /** Ends the processes; what ran in them is somebody else's. */
  end(): void {
    for (const one of this.processes.values()) one.end();
    this.processes.clear();
  }

  private processOf(environment: string): TriggerProcess {
    let found = this.processes.get(environment);
    if (!found) {
      const { environments, homeDir, envOf, limits } = this.options;
      found = new TriggerProcess({
        environment,
        python: environments[environment].python!,
        home: join(homeDir, environment),
        env: envOf(environment),
        limits: { ...DEFAULT_TRIGGER_LIMITS, ...limits },
        listener: this.listener!,
      });
      this.processes.set(environment, found);
    }
    return found;
  }
}
