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
      /^\s*# (?!Subtest|tests|suites|pass|fail|cancel|skip|todo|dur)(.+)/.exec(
        line,
      ),
    )
    .filter(Boolean)
    .map(match => match[1].trim());
}

/** The parts of a report that was written before, by suite. */
function readReport(text) {
  const rows = new Map();
  const details = new Map();
  for (const line of text.split('\n')) {
    const id = /^\| `([\w-]+)` \|/.exec(line)?.[1];
    if (id) rows.set(id, line);
  }
  for (const part of text.split(/^## /m).slice(1))
    details.set(part.slice(0, part.indexOf('\n')), `## ${part.trimEnd()}`);
  return { rows, details };
}

/**
 * The report of the long tier, as it is committed: of each suite the last run.
 *
 * @param run.results - `{ suite, passed, failed, skipped, seconds, problem }`
 * @param run.facts - `{ commit, date, machine }`
 * @param run.told - suite → the lines that its tests printed about themselves
 * @param run.before - text of the last report; suites that were not run now
 * keep what it says of them
 */
export function describeLongRun({ results, facts, told, before = '' }) {
  const { rows, details } = readReport(before);
  for (const { suite, passed, failed, skipped, seconds, problem } of results) {
    const time = formatDuration(seconds * 1000);
    const cells = [suite.tier, passed, failed, skipped, time];
    cells.push(facts.commit, facts.date, problem ?? '');
    rows.set(suite.id, `| \`${suite.id}\` | ${cells.join(' | ')} |`);
    const lines = suite.tier === 'long' ? told(suite) : [];
    if (lines.length)
      details.set(
        suite.id,
        [`## ${suite.id}`, '', '```', ...lines, '```'].join('\n'),
      );
    else details.delete(suite.id);
  }
  return [
    '# The last runs of `npm run test:long`',
    '',
    `On ${facts.machine}. Written by the runs themselves.`,
    '',
    '| suite | tier | passed | failed | skipped | time | commit | date | |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |',
    ...rows.values(),
    ...[...details.values()].flatMap(part => ['', part]),
    '',
  ].join('\n');
}

/** Writes the report of this run beside the suites. */
export function writeLongReport(results, { root }) {
  const cpus = os.cpus();
  const logFiles = new Map(results.map(one => [one.suite, one.logFile]));
  const file = path.join(root, LONG_REPORT);
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
    before: fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined,
  });
  fs.writeFileSync(file, text);
}
