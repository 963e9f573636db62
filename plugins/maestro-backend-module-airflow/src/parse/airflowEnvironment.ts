import { resolvePackagePath } from '@backstage/backend-plugin-api';

/** What a Python process takes over from the backend: nothing secret. */
const PASSED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];

/** Of an environment what a Python process of ours may see, where it is set. */
export function passedOn(own: NodeJS.ProcessEnv): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED) {
    const value = own[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** Folder of the Python package `maestro_airflow`. */
export function pythonSources(): string {
  return resolvePackagePath(
    '@maestro/plugin-maestro-backend-module-airflow',
    'python',
  );
}

/** `PYTHONPATH` of a process of ours: Maestro's package, then what is configured. */
export function pythonPath(more: { PYTHONPATH?: string } = {}): string {
  return [pythonSources(), more.PYTHONPATH].filter(Boolean).join(':');
}

/**
 * The environment of a Python process of ours with Airflow in it: none of
 * Airflow's services, no examples, no database, tracebacks that are long enough
 * to find the line in. Of the backend's own environment only what Python needs
 * to run, since the files of a team are run in it.
 *
 * @param options.home - for `AIRFLOW_HOME`
 */
export function airflowEnvironment(options: {
  home: string;
  own: NodeJS.ProcessEnv;
  more?: Record<string, string>;
}): Record<string, string> {
  const { home, own, more } = options;
  return {
    ...passedOn(own),
    PYTHONUNBUFFERED: '1',
    NO_COLOR: '1',
    // Each thread would reserve 64 MiB more of what a file is limited in: a few
    // threads, and there would be no room for another one.
    MALLOC_ARENA_MAX: '2',
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__DAGS_FOLDER: `${home}/dags`,
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH: '20',
    // The limit is ours, also for what no signal handler reaches.
    AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT: '0',
    AIRFLOW__LOGGING__LOGGING_LEVEL: 'ERROR',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${home}/none.db`,
    ...more,
    PYTHONPATH: pythonPath(more),
  };
}
