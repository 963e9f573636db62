import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endOf, shellPod } from '../pods.mjs';
import { givenKubeconfig, startTestCluster } from '../testCluster.mjs';

/* The task image of the pipelines, equal to what pipelines/Dockerfile makes. */

const skip = givenKubeconfig() && 'the image is on our own cluster only';

let cluster;
before(async () => {
  if (!skip)
    cluster = await startTestCluster({
      name: `ml-${process.pid}`,
      images: ['ml'],
    });
});
after(async () => {
  await cluster?.stop();
});

const run = async (name, program) => {
  await cluster.apply(
    shellPod('default', name, {
      image: 'maestro/ml:1',
      script: `exec python -c '${program}'`,
      limits: { memory: '1Gi' },
      spec: {
        securityContext: {
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    }),
  );
  return endOf(cluster, 'default', name, 180_000);
};

test(
  'what the pipelines import is there, for a user without rights',
  { skip },
  async () => {
    const end = await run(
      'imports',
      'import os, mlflow, feast, sklearn, pandas, pyarrow, matplotlib, maestro_runtime, maestro_flights; print(os.getuid(), "all there")',
    );
    assert.equal(end.log, '10001 all there\n');
  },
);

test('bytecode comes with it and is valid', { skip }, async () => {
  const end = await run(
    'bytecode',
    'import importlib.util, mlflow; cache = importlib.util.cache_from_source(mlflow.__file__); flags = open(cache, "rb").read(8)[4]; print("unchecked hash" if flags == 1 else flags)',
  );
  assert.equal(end.log, 'unchecked hash\n');
});
