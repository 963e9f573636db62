import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../processes/command.mjs';
import {
  hashSources,
  isStamped,
  workspaceFolders,
  writeStamp,
} from './stamps.mjs';

/** PATH with the chosen Node first, so that every script below uses it. */
export function withNode(env, node) {
  return { ...env, PATH: `${path.dirname(node)}:${env.PATH ?? ''}` };
}

/** The Yarn that is committed with the project. */
export function findYarn(root) {
  const folder = path.join(root, '.yarn/releases');
  const name = fs.readdirSync(folder).find(one => /^yarn-.*\.cjs$/.test(one));
  if (!name) throw new Error(`No yarn-*.cjs in ${folder}.`);
  return path.join(folder, name);
}

function manifests(root) {
  const found = ['package.json'];
  for (const group of ['packages', 'plugins'])
    for (const name of fs.readdirSync(path.join(root, group)))
      found.push(`${group}/${name}/package.json`);
  return [...found, 'test/package.json', 'yarn.lock', '.yarnrc.yml'];
}

/** Installs node_modules when the lock file or a package.json has changed. */
export async function ensureDependencies({
  root,
  toolsDir,
  node,
  progress,
  guard,
}) {
  const hash = hashSources(root, manifests(root));
  const state = path.join(root, 'node_modules/.yarn-state.yml');
  if (fs.existsSync(state) && isStamped(toolsDir, 'dependencies', hash))
    return false;
  await progress.step('Installing JavaScript packages (yarn install)', () =>
    runCommand(node, [findYarn(root), 'install', '--immutable'], {
      cwd: root,
      env: withNode({ ...process.env, YARN_ENABLE_TELEMETRY: '0' }, node),
      logFile: path.join(toolsDir, 'logs/yarn.log'),
      guard,
    }),
  );
  writeStamp(toolsDir, 'dependencies', hash);
  return true;
}

async function ensureBuilt(
  { root, toolsDir, node, progress, guard },
  { stamp, title, workspace, sources, result, command, cwd },
) {
  const hash = hashSources(root, [
    ...workspaceFolders(root, workspace),
    'yarn.lock',
    ...sources,
  ]);
  if (
    fs.existsSync(path.join(root, result)) &&
    isStamped(toolsDir, stamp, hash)
  )
    return false;
  await progress.step(title, () =>
    runCommand(node, command, {
      cwd: path.join(root, cwd),
      env: withNode(process.env, node),
      logFile: path.join(toolsDir, `logs/${stamp}.log`),
      guard,
    }),
  );
  writeStamp(toolsDir, stamp, hash);
  return true;
}

/** Builds the portal's pages when their sources have changed. */
export function ensureApp(context) {
  return ensureBuilt(context, {
    stamp: 'app',
    title: 'Building the portal pages',
    workspace: 'app',
    // app.packages decides at build time which plugins are in the bundle.
    sources: ['app-config.yaml'],
    result: 'packages/app/dist/index.html',
    command: [findYarn(context.root), 'build'],
    cwd: 'packages/app',
  });
}

/** Builds the `maestro` command when its sources have changed. */
export function ensureCli(context) {
  return ensureBuilt(context, {
    stamp: 'cli',
    title: 'Building the maestro command',
    workspace: '@maestro/cli',
    sources: [],
    result: 'packages/cli/dist/maestro.cjs',
    command: ['build.mjs'],
    cwd: 'packages/cli',
  });
}
