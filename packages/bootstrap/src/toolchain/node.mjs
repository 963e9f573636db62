import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../processes/command.mjs';

/** The Node that is fetched, and the majors Backstage 1.55 supports. */
const FETCHED = '24';
const SUPPORTED_MAJORS = [22, 24];
const OLDEST_TO_START_WITH = 20;

/** Whether this Node can run the portal itself: "v24.1.0" → true. */
export function canRunPortal(version) {
  return SUPPORTED_MAJORS.includes(Number(/^v?(\d+)\./.exec(version)?.[1]));
}

/** Whether this Node can at least run these scripts and fetch another one. */
export function canRunBootstrap(version) {
  return Number(/^v?(\d+)\./.exec(version)?.[1]) >= OLDEST_TO_START_WITH;
}

/** The npm that came with the Node we run in. */
export function npmCommand(env, execPath) {
  // Inside `npm start`, npm names itself; yarn and pnpm set the same variable.
  if (/npm-cli\.[cm]?js$/.test(env.npm_execpath ?? ''))
    return [execPath, env.npm_execpath];
  return ['npm'];
}

/** The binary that the package `node` has put in place, wherever it did. */
export function findFetchedNode(toolsDir) {
  const base = path.join(toolsDir, 'node/node_modules');
  const nested = path.join(base, 'node/node_modules');
  const candidates = [];
  for (const folder of [nested, base])
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
      if (/^node-(bin-)?(linux|darwin)/.test(name))
        candidates.push(path.join(folder, name, 'bin/node'));
  candidates.push(path.join(base, 'node/bin/node'));
  for (const candidate of candidates) {
    if (!fs.existsSync(candidate)) continue;
    try {
      const version = execFileSync(candidate, ['--version'], { stdio: 'pipe' });
      if (canRunPortal(version.toString())) return candidate;
    } catch {
      // A broken download: as good as absent, it is fetched again.
    }
  }
  return undefined;
}

/**
 * A Node that can run the portal: the running one if it can, else one fetched
 * once into `.tools/node` through npm.
 *
 * @returns path of the binary
 * @throws with one plain sentence when it cannot be had
 */
export async function ensureNode({ toolsDir, progress, guard }) {
  if (canRunPortal(process.version)) return process.execPath;
  const present = findFetchedNode(toolsDir);
  if (present) return present;
  return progress.step(
    `Fetching Node ${FETCHED} (this is ${process.version})`,
    async () => {
      const folder = path.join(toolsDir, 'node');
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(
        path.join(folder, 'package.json'),
        JSON.stringify({ name: 'maestro-node', private: true }),
      );
      const [command, ...first] = npmCommand(process.env, process.execPath);
      try {
        await runCommand(
          command,
          [
            ...first,
            'install',
            `node@${FETCHED}`,
            '--no-audit',
            '--no-fund',
            // The package fetches its binary in a script.
            '--ignore-scripts=false',
          ],
          {
            cwd: folder,
            logFile: path.join(toolsDir, 'logs/node.log'),
            guard,
          },
        );
      } catch (error) {
        throw new Error(
          `Node ${FETCHED} could not be fetched with npm; install Node 22 or 24 yourself and start again. ${error.message}`,
        );
      }
      const fetched = findFetchedNode(toolsDir);
      if (!fetched)
        throw new Error(
          `npm installed the package node@${FETCHED} but it holds no binary for ${process.platform}-${process.arch}; install Node 22 or 24 yourself and start again.`,
        );
      return fetched;
    },
  );
}
