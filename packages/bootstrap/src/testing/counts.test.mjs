import assert from 'node:assert/strict';
import test from 'node:test';
import { countSuite, total } from './counts.mjs';

const jest = fields =>
  JSON.stringify({
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
    ...fields,
  });

test('jest: tests that passed, failed and were skipped', () => {
  const report = jest({
    numPassedTests: 7,
    numFailedTests: 2,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }] },
    ],
  });
  assert.deepEqual(countSuite({ parser: 'jest', exitCode: 1, report }), {
    passed: 7,
    failed: 2,
    skipped: 2,
  });
});

test('jest: a file that cannot be loaded counts as a failure', () => {
  const report = jest({
    numPassedTests: 7,
    testResults: [{ status: 'failed', assertionResults: [] }],
  });
  assert.equal(countSuite({ parser: 'jest', exitCode: 1, report }).failed, 1);
});

test('pytest: the sums of all testsuite elements', () => {
  const report = `<?xml version="1.0"?><testsuites name="x"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="16" time="1.0"><testcase/></testsuite></testsuites>`;
  assert.deepEqual(countSuite({ parser: 'pytest', exitCode: 1, report }), {
    passed: 10,
    failed: 3,
    skipped: 3,
  });
});

test('node:test: the summary, cancelled tests being failures', () => {
  const report = `TAP version 13\nok 1 - # pass 99\n1..5\n# tests 5\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n`;
  assert.deepEqual(countSuite({ parser: 'node', exitCode: 1, report }), {
    passed: 2,
    failed: 2,
    skipped: 1,
  });
});

test('a suite that ran no test has failed', () => {
  for (const [parser, report] of [
    ['jest', jest({})],
    ['pytest', '<testsuite tests="0" errors="0" failures="0" skipped="0">'],
    ['node', '# pass 0\n# fail 0\n'],
    ['node', ''],
  ]) {
    const counted = countSuite({ parser, exitCode: 0, report });
    assert.equal(counted.failed, 1, parser);
    assert.equal(counted.problem, 'it ran no test');
  }
});

test('only skipped tests are no tests', () => {
  const report = '<testsuite tests="3" errors="0" failures="0" skipped="3">';
  assert.equal(countSuite({ parser: 'pytest', exitCode: 0, report }).failed, 1);
});

test('a report that is missing or cut short has failed', () => {
  const missing = countSuite({ parser: 'jest', exitCode: 0 });
  assert.equal(missing.failed, 1);
  assert.equal(missing.problem, 'it left no report');
  const cut = countSuite({ parser: 'jest', exitCode: 0, report: '{"numPas' });
  assert.equal(cut.failed, 1);
  assert.match(cut.problem, /cannot be read/);
});

test('an exit code that says more than the report is believed', () => {
  const report = jest({ numPassedTests: 3 });
  const counted = countSuite({ parser: 'jest', exitCode: 1, report });
  assert.equal(counted.failed, 1);
  assert.match(counted.problem, /ended with 1 although no test failed/);
  const killed = countSuite({ parser: 'jest', exitCode: undefined, report });
  assert.match(killed.problem, /a signal/);
});

test('a check is one test', () => {
  assert.equal(countSuite({ parser: 'check', exitCode: 0 }).passed, 1);
  assert.equal(countSuite({ parser: 'check', exitCode: 2 }).failed, 1);
  assert.equal(countSuite({ parser: 'check', exitCode: undefined }).failed, 1);
});

test('the total is the sum', () => {
  assert.deepEqual(
    total([
      { passed: 1, failed: 2, skipped: 3, problem: 'x' },
      { passed: 10, failed: 20, skipped: 30 },
    ]),
    { passed: 11, failed: 22, skipped: 33 },
  );
});
