import { after, before, describe, test } from 'node:test';
import { givenKubeconfig } from '../../cluster/testCluster.mjs';
import { OneRun } from './OneRun.mjs';
import { nothingLeft, startOnPods } from './onPods.mjs';
import { ROWS, taskOf } from './rows.mjs';

/*
 * What becomes of tasks in pods when something happens to the cluster, to the
 * backend or to the pod: through the whole engine, on a cluster of our own.
 * `rows.mjs` is the table.
 *
 *   node --test --test-name-pattern='etcd' test/kubernetes/chaos/chaos.test.mjs
 */

describe(
  'tasks in pods',
  {
    skip: givenKubeconfig() && 'it breaks the cluster, so it needs its own',
  },
  () => {
    let world;
    before(async () => {
      world = await startOnPods({ name: `chaos-${process.pid}` });
    });
    after(async () => {
      await world?.stop();
    });

    for (const [i, row] of ROWS.entries())
      test(row.fault, { todo: row.todo }, async () => {
        const one = new OneRun(world, `row_${i}`);
        const around = row.around ?? ((_kube, act) => act());
        await around(world.kube, async more => {
          await row.before?.(one);
          await one.start(taskOf(row));
          await row.happen?.(one, more);
          if (row.held) await one.letGo();
          await one.isOver();
        });
        await one.was(row.expected, row.lines, row.some);
        await nothingLeft(world.kube, ['pods', 'secrets']);
      });

    test('after all of it nothing is left: no pod, Secret, ConfigMap', async () => {
      await nothingLeft(world.kube, ['pods', 'secrets', 'configmaps']);
    });
  },
);
