/*
 * Mutation check of the pure core and the format of pipelines: each condition,
 * each number and each statement is changed in turn, and some test must notice.
 * Run in plugins/maestro-common; see mutation.test.mjs.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '../../.tools/mutation');

export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  testRunnerNodeArgs: ['--import', 'tsx'],
  mochaOptions: {
    'no-config': true,
    'no-package': true,
    'no-opts': true,
    spec: ['src/core/**/*.test.ts', 'src/spec/**/*.test.ts'],
    // Examples of the documentation are read from outside of the package.
    ignore: ['src/spec/documentation.test.ts'],
    require: [path.join(here, 'jestWords.mjs')],
  },
  coverageAnalysis: 'perTest',
  mutate: (process.env.MAESTRO_MUTATE ?? 'src/core/**/*.ts,src/spec/**/*.ts')
    .split(',')
    .concat('!src/**/*.test.ts', '!src/**/__testUtils__/**'),
  // Texts for people are checked where their words matter; each changed letter
  // of each sentence being noticed would be a copy of the sentence.
  mutator: { excludedMutations: ['StringLiteral'] },
  // What runs once, when a module is read, cannot be changed while it is kept.
  ignoreStatic: true,
  incremental: true,
  incrementalFile: path.join(out, 'incremental.json'),
  // Below the package: node_modules is looked for upwards.
  tempDirName: '.stryker-tmp',
  reporters: ['json', 'clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: path.join(out, 'report.json') },
  concurrency: Number(process.env.MAESTRO_MUTATION_WORKERS ?? 2),
  timeoutMS: 10_000,
  thresholds: { high: 90, low: 85, break: null },
};
