/*
 * How many tests of a suite passed and failed, from its machine-readable
 * report. A report that is missing or says less than the exit code does is a
 * failure: nothing is green because nobody could read it.
 */

const nothing = { passed: 0, failed: 0, skipped: 0 };

function fromJest(text) {
  const report = JSON.parse(text);
  // A file that could not even be loaded holds no test that could have failed.
  const broken = report.testResults.filter(
    file =>
      file.status === 'failed' &&
      !file.assertionResults.some(test => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function fromJunit(text) {
  const suites = text.match(/<testsuite\s[^>]*>/g) ?? [];
  const sum = name =>
    suites.reduce(
      (total, tag) =>
        total + Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0),
      0,
    );
  const failed = sum('failures') + sum('errors');
  const skipped = sum('skipped');
  return {
    passed: Math.max(0, sum('tests') - failed - skipped),
    failed,
    skipped,
  };
}

function fromTap(text) {
  const count = name =>
    Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  };
}

const PARSERS = { jest: fromJest, pytest: fromJunit, node: fromTap };

/**
 * Counts one suite.
 *
 * @param options.parser - 'check' | 'jest' | 'pytest' | 'node'
 * @param options.exitCode - of the suite's process; undefined when it was ended
 * @param options.report - text of its report; undefined when there is none
 * @returns `passed`, `failed`, `skipped` and, where something is wrong with the
 * suite as a whole, `problem`
 */
export function countSuite({ parser, exitCode, report }) {
  if (parser === 'check')
    return exitCode === 0
      ? { ...nothing, passed: 1 }
      : { ...nothing, failed: 1 };

  let counted = nothing;
  let problem;
  if (report === undefined) problem = 'it left no report';
  else
    try {
      counted = PARSERS[parser](report);
    } catch (error) {
      problem = `its report cannot be read (${error.message})`;
    }
  if (!problem && counted.failed === 0 && exitCode !== 0)
    problem = `it ended with ${exitCode ?? 'a signal'} although no test failed`;
  if (!problem && counted.passed + counted.failed === 0)
    problem = 'it ran no test';
  return problem
    ? { ...counted, failed: counted.failed + 1, problem }
    : counted;
}

/** Sum over all suites. */
export function total(results) {
  return results.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    nothing,
  );
}
