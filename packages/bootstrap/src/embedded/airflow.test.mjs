import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';
import { wantsAirflow } from './airflow.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-airflow-'));
let files = 0;
const layer = text => {
  files += 1;
  const file = path.join(folder, `${files}.yaml`);
  fs.writeFileSync(file, text);
  return file;
};
const wants = (...texts) => wantsAirflow(ROOT, texts.map(layer));

test('an environment is made only for a folder that names none', () => {
  const source = 'maestro: {airflow: {sources: [{name: a, folder: b}]}}';
  assert.equal(wants(), false);
  assert.equal(wants('app: {title: x}', ''), false);
  assert.equal(wants('maestro: {airflow: {sources: []}}'), false);
  assert.equal(wants(source), true);
  assert.equal(wants(source, 'app: {title: x}'), true);
  // A later layer replaces the list.
  assert.equal(wants(source, 'maestro: {airflow: {sources: []}}'), false);
  assert.equal(
    wants(
      'maestro: {airflow: {sources: [{name: a, folder: b, environment: own}]}}',
    ),
    false,
  );
  assert.equal(
    wants(
      source,
      'maestro: {airflow: {environments: {default: {python: /x}}}}',
    ),
    false,
  );
  const allow = rule => `maestro: {airflow: {catalog: {allow: [${rule}]}}}`;
  assert.equal(wants(allow('{owners: [x]}')), true);
  assert.equal(wants(allow('{owners: [x], environments: [own]}')), false);
  assert.equal(wants('maestro: {airflow: {catalog: {}}}'), false);
  // What is broken is told elsewhere.
  assert.equal(wants('maestro: {airflow: [', source), true);
});
