import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from './paths.mjs';
import { selectSuites, SUITES, TIERS } from './suites.mjs';
import { HELP, parseTestArguments } from './testing/arguments.mjs';

const ids = suites => suites.map(suite => suite.id);

test('test/README.md names every suite with its tier, and no other', () => {
  const readme = fs.readFileSync(path.join(ROOT, 'test/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)`\s*\| (\w+)/gm)].map(
    ([, id, tier]) => `${id} ${tier}`,
  );
  assert.deepEqual(
    rows.sort(),
    SUITES.map(({ id, tier }) => `${id} ${tier}`).sort(),
  );
});

test('every row is complete and its id is its own', () => {
  assert.equal(new Set(ids(SUITES)).size, SUITES.length);
  for (const suite of SUITES) {
    assert.ok(TIERS.includes(suite.tier), suite.id);
    assert.ok(suite.title && suite.needs && suite.command, suite.id);
    const context = {
      root: ROOT,
      node: 'node',
      python: 'py',
      airflow: 'py',
      airflowMl: 'py',
      report: 'r',
    };
    const { args } = suite.command(context);
    assert.ok(
      args.every(one => typeof one === 'string'),
      suite.id,
    );
  }
});

test('a tier holds the tiers before it', () => {
  const table = TIERS.map(tier => ({ id: `is-${tier}`, tier }));
  assert.deepEqual(ids(selectSuites({ tier: 'fast' }, table)), ['is-fast']);
  assert.deepEqual(ids(selectSuites({ tier: 'full' }, table)), [
    'is-fast',
    'is-full',
  ]);
  assert.equal(selectSuites({ tier: 'long' }, table).length, 3);
});

test('--only wins over the tier, skipping wins over both', () => {
  const table = [
    { id: 'a', tier: 'fast' },
    { id: 'b', tier: 'long' },
  ];
  assert.deepEqual(
    ids(selectSuites({ tier: 'fast', only: ['b', 'a'], skip: ['a'] }, table)),
    ['b'],
  );
});

test('a suite that does not exist is an error, so that a typo is not green', () => {
  const table = [{ id: 'a', tier: 'fast' }];
  for (const wish of [{ only: ['A'] }, { skip: ['unti'] }])
    assert.throws(
      () => selectSuites({ tier: 'fast', ...wish }, table),
      /There is no suite .* There are: a/,
    );
});

test('the command line', () => {
  const parse = (args, env = {}) => parseTestArguments(args, env);
  assert.equal(parse([]).tier, 'full');
  assert.equal(parse(['--fast']).tier, 'fast');
  assert.equal(parse(['--long']).tier, 'long');
  assert.deepEqual(parse(['--only', 'a,b', '--only=c']).only, ['a', 'b', 'c']);
  assert.deepEqual(parse([], { MAESTRO_SKIP_SUITES: ' a, ,b' }).skip, [
    'a',
    'b',
  ]);
  assert.throws(() => parse(['--fsat']), /--fsat is not an option/);
  assert.throws(() => parse(['--only']), /needs the ids/);
  assert.throws(() => parse(['--only=']), /needs the ids/);
  assert.match(HELP, /--only/);
});
