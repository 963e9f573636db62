import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/*
 * The simulator from the command line; its options stand at the head of
 * plugins/maestro-backend/src/simulation/main.ts:
 *
 *   node test/simulation/run.mjs --store model --from 1 --histories 1000
 *   node test/simulation/run.mjs --store model --shrink --trace --seed 4711
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = path.join(
  ROOT,
  'plugins/maestro-backend/src/simulation/main.ts',
);
const require = createRequire(import.meta.url);

// A history leaves nothing behind: with more room, less of what is collected is
// still in use and has to be moved. In MiB.
const ROOM_FOR_WHAT_IS_SOON_FORGOTTEN = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=64',
];

/**
 * Runs the simulator.
 *
 * @returns its exit code and what it printed
 */
export function simulate(args, { onOutput = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        ...ROOM_FOR_WHAT_IS_SOON_FORGOTTEN,
        '--require',
        require.resolve('@backstage/cli/config/nodeTransform.cjs'),
        PROGRAM,
        ...args,
      ],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        onOutput(text);
      });
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { code } = await simulate(process.argv.slice(2), {
    onOutput: text => process.stdout.write(text),
  });
  process.exitCode = code ?? 1;
}
