import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isGroupAlive } from '../processes/identity.mjs';
import { stopProcess } from '../processes/stop.mjs';
import { countSuite } from './counts.mjs';
import { failuresOf } from './failures.mjs';

const DEFAULT_MINUTES = 20;
const GRACE_MS = 15_000;

/** Waits a moment for what a suite has started to end, and ends what does not. */
async function leavesProcesses(pid) {
  const deadline = Date.now() + GRACE_MS;
  while (isGroupAlive(pid)) {
    if (Date.now() > deadline) {
      await stopProcess(pid, { graceMs: GRACE_MS });
      return true;
    }
    await new Promise(resolve => {
      setTimeout(resolve, 50);
    });
  }
  return false;
}

/**
 * Waits for what a suite needs and is still being brought.
 *
 * @returns `brought`, or why a need cannot be had: `lacking`
 */
async function waitForNeeds(suite, { missing, pending = new Map() }) {
  const brought = {};
  for (const need of suite.needs) {
    let reason = missing.get(need);
    try {
      Object.assign(brought, await pending.get(need));
    } catch (error) {
      reason = error.message;
    }
    if (reason) return { lacking: `it needs ${need}: ${reason}` };
  }
  return { brought };
}

/**
 * Runs one suite to its end, its output in a file.
 *
 * @param context - see suites.mjs, plus `outDir`, `guard`, what bringNeeds says,
 *   and `environment`: what was brought → variables
 * @returns counts, `failures` (lines that name the tests that failed), `seconds`,
 * `logFile`, `problem` where there is one, `note` where it was skipped
 */
export async function runSuite(suite, context) {
  const folder = path.join(context.outDir, suite.id);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const report = path.join(folder, 'report');
  const logFile = path.join(folder, 'output.log');
  if (suite.ownCluster && context.kubeconfig)
    return {
      passed: 0,
      failed: 0,
      skipped: 1,
      note: 'it needs a cluster of its own',
      seconds: 0,
    };
  const { lacking, brought } = await waitForNeeds(suite, context);
  if (lacking)
    return {
      ...countSuite({ parser: 'check', exitCode: 1 }),
      problem: lacking,
      seconds: 0,
    };
  const began = Date.now();

  const { args, cwd, env } = suite.command({ ...context, ...brought, report });
  const output = fs.openSync(logFile, 'w');
  const child = spawn(args[0], args.slice(1), {
    cwd: cwd ?? context.root,
    env: {
      ...context.environment({ ...context, ...brought }),
      MAESTRO_TEST_REPORT: report,
      ...env,
    },
    detached: true,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  if (child.pid) context.guard.watch(child.pid);
  let problem;
  let stopping;
  const limit = (suite.minutes ?? DEFAULT_MINUTES) * 60_000;
  const timer = setTimeout(() => {
    problem = `it was ended after ${limit / 60_000} minutes`;
    stopping = stopProcess(child.pid, { graceMs: GRACE_MS });
  }, limit);
  const exitCode = await new Promise(resolve => {
    child.once('error', error => {
      problem = `it could not be started: ${error.message}`;
      resolve(1);
    });
    child.once('exit', code => resolve(code ?? undefined));
  });
  clearTimeout(timer);
  await stopping;
  if (child.pid && (await leavesProcesses(child.pid)))
    problem ??= 'it left processes behind';
  if (child.pid) context.guard.forget(child.pid);
  const said = {
    parser: suite.parser,
    report: fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : undefined,
  };
  const counted = countSuite({ ...said, exitCode });
  return {
    ...counted,
    failures: failuresOf({ ...said, root: context.root }),
    // A problem of the suite as a whole is a failure too.
    failed: problem ? Math.max(counted.failed, 1) : counted.failed,
    problem: problem ?? counted.problem,
    seconds: (Date.now() - began) / 1000,
    logFile,
  };
}
