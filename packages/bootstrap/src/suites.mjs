import path from 'node:path';

/*
 * Every suite of the project is one row here. To add one, add its row and name
 * it in test/README.md (a test compares the two).
 *
 *   id, title   how it is called in --only and shown
 *   tier        fast (npm test -- --fast), full (npm test), long (--long);
 *               a tier holds the tiers before it
 *   needs       what must be there first: see needs.mjs
 *   parser      how its result is counted: check (one check, by exit code),
 *               jest, pytest, node (node:test); see counts.mjs
 *   command     context → { args, cwd?, env? }: `args[0]` is the program. The
 *               report belongs at `report`; context also holds `root`, `node`,
 *               `yarn`, `python`, `airflow`, `airflowMl`, `eslintExtensions`
 *   minutes     after which it is ended and has failed (default 20)
 *   alone       true for what measures: nothing that computes runs beside it
 *   ownCluster  true for what breaks its cluster, or is about it: it is skipped,
 *               by name, when another one is given
 *   waits       true for what mostly waits (for pods, for what was killed to be
 *               back): one of them at a time runs beside all others, also beside
 *               what is alone
 */

const bin = (context, name) => [
  context.node,
  path.join(context.root, 'node_modules/.bin', name),
];

const nodeTests = (...files) => ({
  parser: 'node',
  command: context => ({
    args: [
      context.node,
      '--test',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${context.report}`,
      ...files.map(file => path.join(context.root, file)),
    ],
  }),
});

/**
 * The tests of one package that its own configuration leaves out of the unit
 * tests.
 *
 * @param directory - of the package
 * @param kind - `airflow` for `*.airflow.test.ts`
 * @param options.within - context → what brings up what they need, and runs the
 *   command behind it
 * @param options.workers - test files at a time, default 1 in the same process
 */
const packageTests = (directory, kind, options = {}) => ({
  parser: 'jest',
  command: context => ({
    args: [
      ...(options.within?.(context) ?? []),
      ...bin(context, 'backstage-cli'),
      'package',
      'test',
      '--watchAll=false',
      '--testPathIgnorePatterns',
      '/node_modules/',
      '--testMatch',
      `**/*.${kind}.test.ts`,
      options.workers ? `--maxWorkers=${options.workers}` : '--runInBand',
      '--json',
      `--outputFile=${context.report}`,
    ],
    cwd: path.join(context.root, directory),
    ...(options.env && { env: options.env(context) }),
  }),
});

/** A command line in the network of a cluster of its own. */
const withCluster = (context, name, args, images = []) => [
  context.node,
  path.join(context.root, 'test/cluster/cluster.mjs'),
  ...['with', '--name', name],
  ...images.flatMap(image => ['--image', image]),
  '--',
  ...args,
];

/**
 * The table. Order is the order of starting: what takes longest first, but for
 * what only looks at sources. Where the first that waits stands is when their lane
 * begins: they and what is alone are to end together.
 */
export const SUITES = [
  {
    id: 'unit',
    title: 'Unit and store tests of every package, SQLite and PostgreSQL',
    tier: 'fast',
    // Python for the tests against the real Feast and MLflow.
    needs: ['packages', 'postgres', 'python'],
    parser: 'jest',
    minutes: 75,
    command: context => ({
      args: [
        ...bin(context, 'backstage-cli'),
        'repo',
        'test',
        '--watchAll=false',
        // The default of 1000M starts workers anew after a few files.
        '--workerIdleMemoryLimit=2000M',
        // Not 5 s: how fast something is, is not for a unit test to say, and a
        // machine may be five times slower than another.
        '--testTimeout=180000',
        '--json',
        `--outputFile=${context.report}`,
      ],
    }),
  },
  {
    id: 'format',
    title: 'Format of every file (prettier)',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [...bin(context, 'prettier'), '--check', '.'],
    }),
  },
  {
    id: 'types',
    title: 'Types of the whole repository (tsc)',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        ...bin(context, 'tsc'),
        '--pretty',
        'false',
        '--noEmit',
        '--emitDeclarationOnly',
        'false',
        '--incremental',
        'false',
      ],
    }),
  },
  {
    id: 'lint',
    title: "Every package's own lint",
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        ...bin(context, 'backstage-cli'),
        'repo',
        'lint',
        '--max-warnings',
        '0',
      ],
    }),
  },
  {
    id: 'arrows',
    title: 'Import arrows between packages',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        ...bin(context, 'eslint'),
        '--no-eslintrc',
        '--no-inline-config',
        '--no-error-on-unmatched-pattern',
        '--config',
        'packages/bootstrap/lint/eslintrc.cjs',
        '--rulesdir',
        'packages/bootstrap/lint/rules',
        '--ext',
        '.ts,.tsx,.js,.cjs,.mjs',
        'packages',
        'plugins',
        'test',
      ],
    }),
  },
  {
    id: 'api-generated',
    title: 'Generated API code is that of the OpenAPI document',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        context.node,
        'plugins/maestro-common/scripts/generate-api.mjs',
        '--check',
      ],
    }),
  },
  {
    id: 'config-embedded',
    title: 'Configuration of npm start fits its schema',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        context.node,
        'packages/bootstrap/src/testing/checkConfig.mjs',
        'embedded',
      ],
    }),
  },
  {
    id: 'config-production',
    title: 'Configuration of production fits its schema',
    tier: 'fast',
    needs: ['packages'],
    parser: 'check',
    command: context => ({
      args: [
        context.node,
        'packages/bootstrap/src/testing/checkConfig.mjs',
        'production',
      ],
    }),
  },
  {
    id: 'bootstrap',
    title: 'npm start and npm test themselves',
    tier: 'fast',
    needs: ['packages'],
    ...nodeTests('packages/bootstrap/src/**/*.test.mjs'),
  },
  {
    id: 'airflow',
    title: "Airflow's DAG files: read in forks with limits, the example DAGs",
    tier: 'full',
    needs: ['packages', 'airflow'],
    minutes: 40,
    ...packageTests('plugins/maestro-backend-module-airflow', 'airflow', {
      env: context => ({ MAESTRO_AIRFLOW_PYTHON: context.airflow }),
      // Half of its time it waits: for looks at an environment, retries, ends.
      workers: 2,
    }),
  },
  {
    id: 'kubernetes',
    title: 'Tasks as pods on a real cluster: contract, failures, rights',
    tier: 'full',
    needs: ['packages', 'cluster'],
    minutes: 40,
    waits: true,
    ...packageTests('plugins/maestro-backend-module-kubernetes', 'cluster', {
      // A cluster that is given takes the place of ours.
      within: context =>
        context.kubeconfig
          ? []
          : [
              context.node,
              path.join(context.root, 'test/cluster/cluster.mjs'),
              ...['with', '--name', 'executor', '--'],
            ],
      // Each has a namespace of its own, and mostly waits for pods.
      workers: 2,
    }),
  },
  {
    id: 'pods-chaos',
    title: 'Tasks as pods while cluster, backend or pod are disturbed',
    tier: 'full',
    ownCluster: true,
    needs: ['packages', 'cluster'],
    minutes: 30,
    waits: true,
    ...nodeTests('test/kubernetes/chaos/*.test.mjs'),
  },
  {
    id: 'pods-random',
    title: 'Fifty tasks as pods under random kills of backends and cluster',
    tier: 'full',
    ownCluster: true,
    needs: ['packages', 'cluster'],
    minutes: 30,
    waits: true,
    ...nodeTests('test/kubernetes/random/*.test.mjs'),
  },
  {
    id: 'object-store',
    title: 'Logs and artifacts on a real S3: contract, faults, retention',
    tier: 'full',
    needs: ['packages', 'postgres', 'minio'],
    minutes: 15,
    waits: true,
    ...packageTests('plugins/maestro-backend', 'minio', {
      within: context => [
        context.node,
        path.join(context.root, 'test/cluster/minio.mjs'),
        ...['with', 'maestro', '--'],
      ],
    }),
  },
  {
    id: 'object-store-replicas',
    title: 'Scheduler and portal as processes on PostgreSQL and a real S3',
    tier: 'full',
    needs: ['packages', 'python', 'app', 'cli', 'minio'],
    minutes: 15,
    waits: true,
    ...nodeTests('test/object-store/*.test.mjs'),
  },
  {
    id: 'cluster',
    title: 'The Kubernetes of the tests: what pods do, faults, nothing left',
    tier: 'full',
    needs: ['packages', 'python', 'cluster', 'minio', 'ml-image'],
    minutes: 30,
    waits: true,
    ...nodeTests('test/cluster/*.test.mjs', 'test/cluster/images/*.test.mjs'),
  },
  {
    id: 'airflow-pods',
    title: "The users' own DAG file as a pod, and DAGs in Python as pods",
    tier: 'full',
    needs: ['packages', 'airflow', 'cli', 'cluster', 'airflow-image'],
    minutes: 30,
    waits: true,
    parser: 'node',
    command: context => {
      const { command } = nodeTests('test/kubernetes/airflow/*.test.mjs');
      const { args } = command(context);
      return {
        args: context.kubeconfig
          ? args
          : withCluster(context, 'airflow', args, ['airflow']),
        env: { MAESTRO_AIRFLOW_PYTHON: context.airflow },
      };
    },
  },
  {
    id: 'crash',
    title: 'kill -9 of backend and launcher during runs',
    tier: 'full',
    needs: ['packages', 'python', 'app', 'cli'],
    minutes: 20,
    waits: true,
    ...nodeTests('test/crash/*.test.mjs'),
  },
  {
    id: 'simulation',
    title: 'Random histories of the engine: model store, SQLite, PostgreSQL',
    tier: 'full',
    needs: ['packages', 'postgres'],
    minutes: 60,
    ...nodeTests('test/simulation/*.test.mjs'),
  },
  {
    id: 'pipelines',
    title: 'Python of the pipelines (pytest)',
    tier: 'full',
    needs: ['packages', 'python'],
    parser: 'pytest',
    minutes: 40,
    command: context => ({
      args: [
        context.python,
        '-m',
        'pytest',
        'pipelines',
        '-q',
        `--junit-xml=${context.report}`,
      ],
      // Without bytecode every Python task pays seconds of imports.
      env: { PYTHONDONTWRITEBYTECODE: undefined },
    }),
  },
  {
    id: 'airflow-pipelines',
    title: 'The pipelines of machine learning as DAG files: equal results',
    tier: 'full',
    needs: ['packages', 'python', 'airflow-ml', 'app', 'cli'],
    minutes: 30,
    parser: 'node',
    command: context => ({
      ...nodeTests('test/airflow/*.test.mjs').command(context),
      env: { MAESTRO_AIRFLOW_ML_PYTHON: context.airflowMl },
    }),
  },
  {
    id: 'airflow-kill',
    title: 'kill -9 of backend, parent of forks and triggers during DAG runs',
    tier: 'full',
    needs: ['packages', 'airflow'],
    minutes: 30,
    parser: 'node',
    command: context => ({
      ...nodeTests('test/airflow/kill/kill.test.mjs').command(context),
      env: { MAESTRO_AIRFLOW_PYTHON: context.airflow },
    }),
  },
  {
    id: 'e2e',
    title: 'The whole story in the browser, with real MLflow and Feast',
    tier: 'full',
    needs: ['packages', 'python', 'app', 'cli', 'browser'],
    minutes: 40,
    alone: true,
    ...nodeTests('test/e2e/*.test.mjs'),
  },
  {
    id: 'airflow-pages',
    title: 'A folder of DAG files in the browser, with the real Airflow',
    tier: 'full',
    needs: ['packages', 'python', 'airflow', 'app', 'cli', 'browser'],
    minutes: 20,
    alone: true,
    parser: 'node',
    command: context => ({
      ...nodeTests('test/e2e/airflow/*.test.mjs').command(context),
      env: { MAESTRO_AIRFLOW_PYTHON: context.airflow },
    }),
  },
  {
    id: 'bad-input',
    title: 'Broken pipelines, huge logs, hanging tasks, a full disk',
    tier: 'full',
    needs: ['packages', 'python', 'app', 'cli'],
    minutes: 20,
    alone: true,
    ...nodeTests('test/bad-input/*.test.mjs'),
  },
  {
    id: 'several-schedulers',
    title: 'Three schedulers: shared work, takeover, rolling restart, upgrade',
    tier: 'full',
    needs: ['packages'],
    minutes: 20,
    alone: true,
    ...nodeTests(
      'test/chaos/several.test.mjs',
      'test/chaos/rolling.test.mjs',
      'test/chaos/upgrade.test.mjs',
    ),
  },
  {
    id: 'chaos',
    title: 'Random faults on schedulers and PostgreSQL, short',
    tier: 'full',
    needs: ['packages'],
    minutes: 20,
    alone: true,
    ...nodeTests('test/chaos/chaos.test.mjs'),
  },
  {
    id: 'simulation-long',
    title: 'Many more histories, of other seeds each day',
    tier: 'long',
    needs: ['packages', 'postgres'],
    minutes: 90,
    ...nodeTests('test/simulation/long/*.test.mjs'),
  },
  {
    id: 'mutation',
    title: 'What tests notice of changes in maestro-common',
    tier: 'long',
    needs: ['packages'],
    minutes: 90,
    ...nodeTests('test/mutation/*.test.mjs'),
  },
  {
    id: 'pods',
    title: 'The four pipelines as pods, with MLflow, Feast and S3 by name',
    tier: 'long',
    needs: [
      'packages',
      'python',
      'app',
      'cli',
      'browser',
      'cluster',
      'minio',
      'ml-image',
    ],
    minutes: 30,
    waits: true,
    parser: 'node',
    command: context => {
      const { command } = nodeTests('test/kubernetes/pipelines.test.mjs');
      const { args } = command(context);
      return context.kubeconfig
        ? { args }
        : {
            args: withCluster(context, 'onpods', args, ['ml']),
          };
    },
  },
  {
    id: 'chaos-long',
    title: 'The same for a quarter of an hour, of another seed each day',
    tier: 'long',
    needs: ['packages'],
    minutes: 60,
    alone: true,
    ...nodeTests('test/chaos/long/*.test.mjs'),
  },
];

/** The tiers, each holding the ones before it. */
export const TIERS = ['fast', 'full', 'long'];

/**
 * The suites a run consists of.
 *
 * @param options.tier - 'fast' | 'full' | 'long'
 * @param options.only - ids, which win over the tier
 * @param options.skip - ids to leave out
 * @throws when an id is not in the table
 */
export function selectSuites({ tier, only = [], skip = [] }, suites = SUITES) {
  const known = new Set(suites.map(suite => suite.id));
  for (const id of [...only, ...skip])
    if (!known.has(id))
      throw new Error(
        `There is no suite ${JSON.stringify(id)}. There are: ${[...known].join(
          ', ',
        )}.`,
      );
  const upTo = TIERS.indexOf(tier);
  return suites.filter(
    suite =>
      !skip.includes(suite.id) &&
      (only.length
        ? only.includes(suite.id)
        : TIERS.indexOf(suite.tier) <= upTo),
  );
}
