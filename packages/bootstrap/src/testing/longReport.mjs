import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatDuration } from '../progress.mjs';

/** Where the last report of the long tier is committed, from the root. */
export const LONG_REPORT = 'test/last-long-report.md';

/** The commit that was tested, marked when something was not committed. */
function testedCommit(root) {
  const git = (...args) =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no');
    return `${git('rev-parse', '--short', 'HEAD')}${
      changed ? ' with uncommitted changes' : ''
    }`;
  } catch (error) {
    return `unknown (${error.message.split('\n')[0]})`;
  }
}

/** What a node:test suite told about its tests: one list item a line. */
function diagnostics(logFile) {
  const report = logFile && path.join(path.dirname(logFile), 'report');
  if (!report || !fs.existsSync(report)) return [];
  return fs
    .readFileSync(report, 'utf8')
    .split('\n')
    .map(line =>
      /^# (?!Subtest|tests|suites|pass|fail|cancel|skip|todo|dur)(.+)/.exec(
        line,
      ),
    )
    .filter(Boolean)
    .map(match => match[1].trim());
}

/**
 * The report of a run of the long tier, as it is committed.
 *
 * @param run.results - `{ suite, passed, failed, skipped, seconds, problem }`
 * @param run.facts - `{ commit, date, machine }`
 * @param run.told - suite → the lines that its tests printed about themselves
 */
export function describeLongRun({ results, facts, told }) {
  const rows = results.map(
    ({ suite, passed, failed, skipped, seconds, problem }) =>
      `| \`${suite.id}\` | ${
        suite.tier
      } | ${passed} | ${failed} | ${skipped} | ${formatDuration(
        seconds * 1000,
      )} | ${problem ?? ''} |`,
  );
  const details = results
    .filter(({ suite }) => suite.tier === 'long')
    .flatMap(({ suite }) => {
      const lines = told(suite);
      return lines.length
        ? ['', `## ${suite.id}`, '', '```', ...lines, '```']
        : [];
    });
  return [
    '# The last run of `npm run test:long`',
    '',
    `Commit ${facts.commit}, ${facts.date}, ${facts.machine}. Written by the run itself.`,
    '',
    '| suite | tier | passed | failed | skipped | time | |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    ...details,
    '',
  ].join('\n');
}

/** Writes the report of this run beside the suites. */
export function writeLongReport(results, { root }) {
  const cpus = os.cpus();
  const logFiles = new Map(results.map(one => [one.suite, one.logFile]));
  const text = describeLongRun({
    results,
    facts: {
      commit: testedCommit(root),
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus.length} cores, ${Math.round(
        os.totalmem() / 1024 ** 3,
      )} GiB`,
    },
    told: suite => diagnostics(logFiles.get(suite)),
  });
  fs.writeFileSync(path.join(root, LONG_REPORT), text);
}
