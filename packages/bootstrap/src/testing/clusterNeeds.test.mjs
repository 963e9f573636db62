import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { givenKubeconfig, parseRequirements } from './clusterNeeds.mjs';

test('packages are for apt, the rest only people can bring', () => {
  assert.deepEqual(
    parseRequirements(
      'package runc\npackage gcc\nother Go 1.24 or newer (no go on the PATH)\n',
    ),
    {
      packages: ['runc', 'gcc'],
      others: ['Go 1.24 or newer (no go on the PATH)'],
    },
  );
  assert.deepEqual(parseRequirements(''), { packages: [], others: [] });
});

test('a cluster that is given must be there', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-needs-'));
  const file = path.join(folder, 'config');
  assert.equal(givenKubeconfig({}), undefined);
  assert.equal(givenKubeconfig({ MAESTRO_TEST_KUBECONFIG: '' }), undefined);
  assert.throws(
    () => givenKubeconfig({ MAESTRO_TEST_KUBECONFIG: file }),
    /MAESTRO_TEST_KUBECONFIG names .*config: no such file/,
  );
  fs.writeFileSync(file, '');
  assert.equal(givenKubeconfig({ MAESTRO_TEST_KUBECONFIG: file }), file);
});
