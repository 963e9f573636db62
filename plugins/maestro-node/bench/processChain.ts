/**
 * A chain of trivial processes through the process runner, with its durable
 * files, beside the bare loop; in turns, so that both meet the same machine.
 *
 *   node --require @backstage/cli/config/nodeTransform.cjs bench/processChain.ts [--steps 40] [--rounds 5] [--ballast-mb 600] [--folder DIR]
 *
 * `--ballast-mb` makes this process as large as a portal backend.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RunnerClient } from '../src/runner';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '5' },
    'ballast-mb': { type: 'string', default: '0' },
    folder: { type: 'string', default: tmpdir() },
  },
});

const steps = Number(values.steps);
const root = mkdtempSync(join(values.folder, 'maestro-bench-'));
const dataDir = join(root, 'data');
const ballast = Buffer.alloc(Number(values['ballast-mb']) * 1024 * 1024, 1);
const sum = (times: number[]) => times.reduce((a, b) => a + b, 0);

function quantile(times: number[], part: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)].toFixed(2);
}

function report(name: string, times: number[]): void {
  process.stdout.write(
    `${name.padEnd(22)} p50 ${quantile(times, 0.5)} p95 ${quantile(
      times,
      0.95,
    )} p99 ${quantile(times, 0.99)} ms\n`,
  );
}

function bareLoop(round: number): number[] {
  const folder = join(root, `bare-${round}`);
  mkdirSync(folder);
  const output = execFileSync(process.execPath, [
    join(__dirname, 'bareLoop.mjs'),
    String(steps),
    folder,
  ]);
  return JSON.parse(output.toString());
}

async function main(): Promise<void> {
  const waiting = new Map<string, () => void>();
  const runner = new RunnerClient({
    dataDir,
    onObservation: ({ attemptId, phase }) => {
      if (phase === 'ended') {
        waiting.get(attemptId)?.();
      }
    },
  });
  await runner.connect();
  const env = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`MAESTRO_VALUE_${i}`, `value ${i}`]),
  );
  const launches: number[] = [];
  const chain = async (round: number) => {
    const times: number[] = [];
    for (let i = 0; i < steps; i++) {
      const attemptId = `r${round}-s${i}`;
      const ended = new Promise<void>(resolve => {
        waiting.set(attemptId, resolve);
      });
      const start = performance.now();
      await runner.launch({
        attemptId,
        command: ['/bin/true'],
        env,
        sourceDir: root,
        links: [],
        logLimitBytes: 1024 ** 3,
        minFreeBytes: 0,
      });
      launches.push(performance.now() - start);
      await ended;
      times.push(performance.now() - start);
    }
    return times;
  };

  const bare: number[][] = [];
  const ours: number[][] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    bare.push(bareLoop(round));
    ours.push(await chain(round));
  }
  const ratios = ours.map((times, i) => sum(times) / sum(bare[i]));
  const { pid } = JSON.parse(
    readFileSync(join(dataDir, 'runner', 'runner.json'), 'utf8'),
  );
  const status = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (key: string) =>
    (
      Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)![1]) / 1024
    ).toFixed(0);
  process.stdout.write(
    `this process: ${(process.memoryUsage().rss / 2 ** 20).toFixed(
      0,
    )} MB (ballast ${ballast.length / 2 ** 20}); launcher: ${mb(
      'Rss',
    )} MB, of it its own ${mb('Private_Dirty')} MB\n`,
  );
  report('bare loop, a step', bare.flat());
  report('runner, a step', ours.flat());
  report('runner, launch alone', launches);
  process.stdout.write(
    `chain of ${steps}: bare ${quantile(
      bare.map(sum),
      0.5,
    )} ms, runner ${quantile(ours.map(sum), 0.5)} ms; ratio p50 ${quantile(
      ratios,
      0.5,
    )} (goal 2), each round ${ratios
      .map(ratio => ratio.toFixed(2))
      .join(' ')}\n`,
  );
  await runner.close();
  process.kill(pid, 'SIGTERM');
  rmSync(root, { recursive: true });
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
