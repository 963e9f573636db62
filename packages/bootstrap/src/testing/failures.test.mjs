import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { failuresOf } from './failures.mjs';

test('jest: file, name and the first lines of what it said, without colours', () => {
  const report = JSON.stringify({
    testResults: [
      {
        name: '/repo/plugins/a.test.ts',
        status: 'failed',
        assertionResults: [
          { status: 'passed', fullName: 'is fine', failureMessages: [] },
          {
            status: 'failed',
            fullName: 'a page shows it',
            failureMessages: [
              '\u001b[31mUnable to find it\u001b[39m\n\n  at x',
            ],
          },
        ],
      },
      {
        name: '/repo/plugins/b.test.ts',
        status: 'failed',
        message: 'Cannot find module',
        assertionResults: [],
      },
    ],
  });
  assert.deepEqual(failuresOf({ parser: 'jest', report, root: '/repo' }), [
    'plugins/a.test.ts › a page shows it',
    '    Unable to find it',
    '      at x',
    'plugins/b.test.ts › (the file)',
    '    Cannot find module',
  ]);
});

test('pytest: failures and errors of a report', () => {
  const report =
    '<testsuites><testsuite name="pytest" errors="1" failures="1" tests="3">' +
    '<testcase classname="a.test_a" name="test_good" time="0.1" />' +
    '<testcase classname="a.test_a" name="test_sum" time="0.1">' +
    '<failure message="assert 1 &lt; 0&#10;later">trace</failure></testcase>' +
    '<testcase classname="a.test_b" name="test_x"><error message="no fixture">t</error></testcase>' +
    '</testsuite></testsuites>';
  assert.deepEqual(failuresOf({ parser: 'pytest', report, root: '/repo' }), [
    'a.test_a › test_sum',
    '    assert 1 < 0',
    '    later',
    'a.test_b › test_x',
    '    no fixture',
  ]);
});

test('node:test: what failed within a test, and not that test again', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'failures-'));
  try {
    const file = path.join(folder, 'some.test.mjs');
    fs.writeFileSync(
      file,
      `import test from 'node:test';
       import assert from 'node:assert/strict';
       test('good', () => {});
       test('pages', async t => {
         await t.test('light', () => assert.equal(1, 2, 'is too wide'));
         await t.test('dark', () => { throw new Error('first line\\nsecond line'); });
       });`,
    );
    // Otherwise it would report to the test that it is started by.
    const env = { ...process.env };
    delete env.NODE_TEST_CONTEXT;
    const report = spawnSync(
      process.execPath,
      ['--test', '--test-reporter=tap', file],
      { encoding: 'utf8', env },
    ).stdout;
    const lines = failuresOf({ parser: 'node', report, root: folder });
    assert.deepEqual(
      lines
        .filter(line => !line.startsWith(' '))
        .map(line => line.split(' › ')[1]),
      ['light', 'dark'],
    );
    assert.match(lines[0], /^some\.test\.mjs:5/);
    assert.match(
      lines.join('\n'),
      /is too wide[\s\S]*first line[\s\S]*second line/,
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a suite of which everything fails names the first twenty', () => {
  const report = JSON.stringify({
    testResults: [
      {
        name: 'a.test.ts',
        status: 'failed',
        assertionResults: Array.from({ length: 25 }, (_, index) => ({
          status: 'failed',
          fullName: `test ${index}`,
          failureMessages: [],
        })),
      },
    ],
  });
  const lines = failuresOf({ parser: 'jest', report, root: '/repo' });
  assert.equal(lines.length, 21);
  assert.equal(lines[20], '… and 5 more');
});

test('a report that is missing or cannot be read names none', () => {
  assert.deepEqual(failuresOf({ parser: 'jest', report: '{', root: '' }), []);
  assert.deepEqual(failuresOf({ parser: 'jest', root: '' }), []);
  assert.deepEqual(failuresOf({ parser: 'check', report: 'x', root: '' }), []);
});
