/*
 * Builds the scheduler of the chaos suites into one file: starting it costs a
 * tenth of what compiling the sources each time would.
 *
 *   node test/chaos/build.mjs [ROOT [FOLDER]]
 *
 * ROOT is the checkout whose sources are built (default this one), FOLDER where
 * to (default test/chaos/dist/current): scheduler.cjs, and beside it the
 * launcher and the migrations of that checkout. Packages that are native or
 * load parts of themselves by name stay in node_modules.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAYS =
  /^(better-sqlite3|knex|pg|node-cron|@aws-sdk|@kubernetes\/client-node)(\/|$)/;

/** Where `resolvePackagePath` finds what is no code: beside the bundle. */
const BESIDE = `
  const path = require('node:path');
  exports.resolvePackagePath = (name, ...parts) =>
    parts.length === 1 && parts[0] === 'package.json'
      ? path.join(__dirname, 'package.json')
      : path.join(__dirname, ...parts);
  // Of Backstage's modules and extension points, which nobody starts here.
  exports.coreServices = {};
  exports.createExtensionPoint = options => options;
  exports.createBackendModule = options => options;
  exports.createBackendPlugin = options => options;
  exports.createServiceRef = options => options;
`;

/**
 * @param options.root - whose sources
 * @param options.folder - where to
 * @param options.entry - of the program, below the root
 */
export async function buildScheduler({
  root = ROOT,
  folder = path.join(ROOT, 'test/chaos/dist/current'),
  entry = 'test/chaos/program/scheduler.mjs',
  minify = false,
} = {}) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(folder, 'scheduler.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify,
    // Errors are found by the names of their classes.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    // Top-level await becomes a function.
    plugins: [insideFunction, packages(root)],
  });
  // Earlier checkouts have less.
  for (const [from, to] of [
    ['plugins/maestro-node/launcher', 'launcher'],
    ['plugins/maestro-backend/migrations', 'migrations'],
    ['plugins/maestro-backend-module-airflow/python', 'python'],
  ])
    if (fs.existsSync(path.join(root, from)))
      fs.cpSync(path.join(root, from), path.join(folder, to), {
        recursive: true,
      });
  fs.copyFileSync(
    path.join(root, 'plugins/maestro-backend/package.json'),
    path.join(folder, 'package.json'),
  );
  return path.join(folder, 'scheduler.cjs');
}

const insideFunction = {
  name: 'inside-function',
  setup({ onLoad }) {
    onLoad({ filter: /\/program\/scheduler\.mjs$/ }, ({ path: file }) => {
      const text = fs.readFileSync(file, 'utf8');
      const imports = text.match(/^import .*$/gm).join('\n');
      const rest = text.replace(/^import .*$/gm, '');
      return {
        contents: `${imports}\n(async () => {\n${rest}\n})().catch(error => { console.error(error); process.exit(1); });`,
        resolveDir: path.dirname(file),
      };
    });
  },
};

const packages = root => ({
  name: 'packages',
  setup({ onResolve, onLoad }) {
    onResolve(
      { filter: /^@backstage\/backend-plugin-api$/ },
      ({ path: name }) => ({
        path: name,
        namespace: 'beside',
      }),
    );
    onLoad({ filter: /./, namespace: 'beside' }, () => ({ contents: BESIDE }));
    onResolve({ filter: /^@maestro\/plugin-/ }, ({ path: name }) => {
      const [, folder] = /^@maestro\/plugin-([^/]+)$/.exec(name) ?? [];
      return folder
        ? {
            path: path.join(root, 'plugins', folder, 'src/index.ts'),
            sideEffects: false,
          }
        : undefined;
    });
    onResolve({ filter: STAYS }, ({ path: name }) => ({
      path: name,
      external: true,
    }));
  },
});

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [root, folder] = process.argv.slice(2);
  process.stdout.write(`${await buildScheduler({ root, folder })}\n`);
}
