/*
 * Builds the command: `node build.mjs [FOLDER]`, default dist.
 *
 *   maestro.cjs        everything but the five below, nothing to resolve or load
 *   validateFiles.cjs  the validator, on its own
 *   testPipeline.cjs   the engine; what is native or large stays in node_modules
 *   releaseCluster.cjs clean-up of a cluster; its client stays in node_modules
 *   airflowDags.cjs    reads folders of Airflow's DAG files
 *   airflowTest.cjs    runs one of their DAGs, with the engine
 *
 * Plain Node and esbuild, so that a fresh checkout has the command in a second.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const outdir = resolve(here, process.argv[2] ?? 'dist');
const { version } = JSON.parse(
  readFileSync(join(here, 'package.json'), 'utf8'),
);

/** Pure packages: faster in one file, and some of them are modules only. */
const INLINED =
  /^(@maestro\/|@marcbachmann\/cel-js|ajv|ajv-formats|commander|croner|cronstrue|luxon|openapi-fetch|uuid|yaml|zod)(\/|$)|^@maestro\//;

/** Commands load their heavy half as a file beside them. */
const lazyHalves = {
  name: 'lazy-halves',
  setup({ onResolve }) {
    onResolve({ filter: /\/lazy\// }, ({ path }) => ({
      path: `./${path.split('/').pop()}.cjs`,
      external: true,
    }));
  },
};

const packagesStay = {
  name: 'packages-stay',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || INLINED.test(path)
        ? undefined
        : { path, external: true },
    );
  },
};

/** The validator's messages are its own: no need of zod's in fifty languages. */
const englishOnly = {
  name: 'english-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/locales\/index\.c?js$/ }, ({ path, resolveDir }) =>
      /node_modules\/zod\//.test(resolveDir)
        ? { path: resolve(resolveDir, path), namespace: 'english-only' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'english-only' }, ({ path }) => ({
      contents: `export { default as en } from './en.js';`,
      resolveDir: dirname(path),
    }));
  },
};

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  define: { MAESTRO_VERSION: JSON.stringify(version) },
  // Errors name functions as they are in the sources.
  keepNames: false,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  // A require is a twentieth of a second faster than an import of CommonJS.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
};

mkdirSync(outdir, { recursive: true });
for (const file of readdirSync(outdir)) {
  if (file.endsWith('.cjs')) rmSync(join(outdir, file));
}
const source = file => join(here, 'src', file);
await Promise.all([
  build({
    ...shared,
    entryPoints: [source('lazy/validateFiles.ts')],
    outfile: join(outdir, 'validateFiles.cjs'),
    plugins: [englishOnly],
  }),
  build({
    ...shared,
    entryPoints: [source('lazy/testPipeline.ts')],
    outfile: join(outdir, 'testPipeline.cjs'),
    plugins: [packagesStay, englishOnly],
  }),
  build({
    ...shared,
    entryPoints: [source('lazy/releaseCluster.ts')],
    outfile: join(outdir, 'releaseCluster.cjs'),
    plugins: [packagesStay, englishOnly],
  }),
  build({
    ...shared,
    entryPoints: [source('lazy/airflowDags.ts')],
    outfile: join(outdir, 'airflowDags.cjs'),
    plugins: [packagesStay, englishOnly],
  }),
  build({
    ...shared,
    entryPoints: [source('lazy/airflowTest.ts')],
    outfile: join(outdir, 'airflowTest.cjs'),
    plugins: [packagesStay, englishOnly],
  }),
]);
// Last: its existence says that the command is whole.
await build({
  ...shared,
  entryPoints: [source('main.ts')],
  outfile: join(outdir, 'maestro.cjs'),
  plugins: [lazyHalves],
});
