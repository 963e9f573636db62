import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type KubeConfig,
  loadAllYaml,
  type V1PolicyRule,
  type V1Role,
} from '@kubernetes/client-node';
import { grant } from '../testing/grant';
import { ResourceFixture } from '../testing/resourceFixture';

/*
 * The optional Role `maestro-resources` of `deploy/kubernetes/rbac.yaml`: it is
 * enough together with `maestro-tasks`, all of it is needed, and what is missing
 * is named.
 */

jest.setTimeout(400_000);

const FILE = join(__dirname, '../../../../deploy/kubernetes/rbac.yaml');
const ROLES = (loadAllYaml(readFileSync(FILE, 'utf8')) as V1Role[]).filter(
  ({ kind }) => kind === 'Role',
);
const rulesOf = (name: string) =>
  ROLES.find(({ metadata }) => metadata!.name === name)!.rules!;

let fixture: ResourceFixture;

beforeEach(async () => {
  fixture = await ResourceFixture.make();
});

afterEach(async () => {
  // What is left is ended by somebody who may.
  fixture.config = fixture.cluster.config;
  await fixture.harness.tearDown();
});

/** As it stands in the file, with printers where it has Jobs. */
const optional = (): V1PolicyRule[] =>
  rulesOf('maestro-resources').map(rule =>
    rule.apiGroups!.includes('batch')
      ? {
          ...rule,
          apiGroups: [fixture.printers.group],
          resources: ['printers'],
        }
      : rule,
  );

const without = (verb: string): V1PolicyRule[] =>
  optional().map(rule => ({
    ...rule,
    verbs: rule.resources!.includes('printers')
      ? rule.verbs.filter(each => each !== verb)
      : rule.verbs,
  }));

/** Whoever may do what the rules say, and nothing else. */
async function allow(more: V1PolicyRule[]): Promise<KubeConfig> {
  const { namespace, config } = fixture.cluster;
  const limited = await grant(
    config,
    namespace,
    [...rulesOf('maestro-tasks'), ...more],
    'maestro',
  );
  return limited.config;
}

it('is enough for a whole life, also of one that stays', async () => {
  const { harness, printers } = fixture;
  await printers.start();
  fixture.config = await allow(optional());
  const executor = await harness.start();
  const asked = fixture.print({ words: 'seen' }, { keep: 'always' });
  const attempt = await harness.run(executor, asked);
  expect(attempt.outcome).toMatchObject({ result: 'success' });
  expect((await harness.log(executor, asked.attemptId)).toString()).toContain(
    'seen\n',
  );
  await harness.until('the watch told the end', async () =>
    harness.observations.some(({ phase }) => phase === 'ended')
      ? true
      : undefined,
  );
  await executor.forget(asked.attemptId);
  const ended = fixture.print({ command: ['sleep', '600'] });
  await executor.launch(ended);
  await harness.running(executor, ended.attemptId);
  await executor.cancel(ended.attemptId, { graceMs: 0 });
  const { outcome } = await harness.ended(executor, ended.attemptId);
  expect(outcome).toMatchObject({ failure: 'cancelled' });
  await executor.forget(ended.attemptId);
});

it('without it a launch says which right is missing, and what to do', async () => {
  const { harness, printers } = fixture;
  await printers.start(false);
  fixture.config = await allow([]);
  const executor = await harness.start();
  await expect(executor.launch(fixture.print())).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'config',
    message: expect.stringMatching(
      /cannot get resource "configmaps".*Role maestro-resources of deploy\/kubernetes\/rbac\.yaml/,
    ),
  });
});

it('without create on the kind a launch says so, and leaves nothing', async () => {
  const { harness, printers } = fixture;
  await printers.start(false);
  fixture.config = await allow(without('create'));
  const executor = await harness.start();
  const asked = fixture.print();
  await expect(executor.launch(asked)).rejects.toMatchObject({
    failure: 'config',
    message: expect.stringMatching(
      /cannot create resource "printers".*maestro-resources.*with this resource in it/,
    ),
  });
  expect(await harness.listed(executor, asked.attemptId)).toBeUndefined();
});

it('without list on the kind its attempts go on, and are not given up', async () => {
  const { harness, printers } = fixture;
  await printers.start(false);
  fixture.config = await allow(without('list'));
  const executor = await harness.start();
  const asked = fixture.print();
  await executor.launch(asked);
  // Nobody knows how it is, so it is not given up.
  expect(await harness.listed(executor, asked.attemptId)).toMatchObject({
    phase: 'running',
  });
});

it.each(['get', 'delete'])(
  'without %s on the kind a cancel says so',
  async verb => {
    const { harness, printers } = fixture;
    await printers.start(false);
    fixture.config = await allow(without(verb));
    const executor = await harness.start();
    const asked = fixture.print();
    await executor.launch(asked);
    await expect(
      executor.cancel(asked.attemptId, { graceMs: 0 }),
    ).rejects.toThrow(new RegExp(`cannot ${verb} resource "printers"`));
  },
);

it('without patch on the kind one that is to stay is not forgotten, and says why', async () => {
  const { harness, printers } = fixture;
  await printers.start();
  fixture.config = await allow(without('patch'));
  const executor = await harness.start();
  const asked = fixture.print({}, { keep: 'always' });
  await harness.run(executor, asked);
  await expect(executor.forget(asked.attemptId)).rejects.toThrow(
    /cannot patch resource "printers"/,
  );
});
