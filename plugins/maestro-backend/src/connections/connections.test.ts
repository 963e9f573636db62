import { ConfigReader } from '@backstage/config';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { ConnectionStore } from './ConnectionStore';
import { SecretKeyRing } from './encryption';
import { rotateSecrets } from './rotateSecrets';
import { applySeeds, readSeeds } from './seeds';
import { TaskInputs } from './TaskInputs';
import { namesIn, UsageIndex } from './usage';
import { VariableStore } from './VariableStore';

const K1 = { id: 'k1', secret: 'first secret of the tests' };
const K2 = { id: 'k2', secret: 'second secret of the tests' };
const JANE = 'user:default/jane';

function stores(db: MaestroDatabase, keys = SecretKeyRing.fromKeys([K1])) {
  const usage = new UsageIndex(db);
  const connections = new ConnectionStore({ db, keys, usage });
  const variables = new VariableStore({ db, keys, usage });
  const inputs = new TaskInputs({ db, keys, connections, variables });
  return { db, keys, usage, connections, variables, inputs };
}

const AWS = {
  connId: 'aws_default',
  connType: 'aws',
  login: 'admin',
  password: 'minio/admin pass',
  extra: { endpoint_url: 'http://minio:9000', session_token: 'tok-123456' },
};

eachDatabase((_name, databases) => {
  let clock = 1_000;
  const open = async () => stores(await databases.open({ clock: () => clock }));

  it('stores secrets encrypted and returns them to resolve only', async () => {
    const { db, connections } = await open();
    const created = await connections.create(AWS, JANE);
    expect(created).toEqual({
      connId: 'aws_default',
      connType: 'aws',
      login: 'admin',
      hasPassword: true,
      extraKeys: ['endpoint_url', 'session_token'],
      revision: 1,
      updatedAt: 1_000,
      updatedBy: JANE,
      usedBy: [],
    });
    const views = JSON.stringify([created, ...(await connections.list())]);
    const rows = JSON.stringify(await db.knex('connections'));
    for (const secret of [AWS.password, AWS.extra.session_token]) {
      expect(views).not.toContain(secret);
      expect(rows).not.toContain(secret);
    }
    expect(await connections.resolve('aws_default')).toMatchObject(AWS);
  });

  it('refuses a second connection of the same id, also at the same time', async () => {
    const { connections } = await open();
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => connections.create(AWS, JANE)),
    );
    expect(results.filter(r => r.status === 'fulfilled')).toHaveLength(1);
    const reasons = results.flatMap(result =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    expect(reasons.map(({ name, message }) => `${name}: ${message}`)).toEqual(
      Array(2).fill(
        'ConflictError: Connection "aws_default" exists already; change it, or choose another id',
      ),
    );
  });

  it('keeps an absent secret over an update and removes an empty one', async () => {
    const { connections } = await open();
    await connections.create(AWS, JANE);
    clock = 2_000;
    const kept = await connections.update(
      'aws_default',
      { connId: 'aws_default', connType: 'aws', host: 'other' },
      JANE,
    );
    expect(kept).toMatchObject({
      revision: 2,
      updatedAt: 2_000,
      host: 'other',
    });
    expect(kept.login).toBeUndefined();
    expect((await connections.resolve('aws_default')).password).toBe(
      AWS.password,
    );
    const cleared = await connections.update(
      'aws_default',
      { connId: 'aws_default', connType: 'aws', password: '', extra: {} },
      JANE,
    );
    expect(cleared).toMatchObject({ hasPassword: false, extraKeys: [] });
    clock = 1_000;
  });

  it('says what is wrong with a connection', async () => {
    const { connections } = await open();
    const create = (change: object) =>
      connections.create({ ...AWS, ...change }, JANE);
    await expect(create({ connId: 'a b' })).rejects.toThrow(
      /"a b" is not valid/,
    );
    await expect(create({ port: 70_000 })).rejects.toThrow(/port 70000/);
    await expect(
      create({ host: 'postgresql://u:geheim@db/x' }),
    ).rejects.toThrow(/holds a password/);
    await expect(connections.get('nobody')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    await expect(connections.delete('nobody')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
  });

  it('keeps the text of a variable exactly', async () => {
    const { variables } = await open();
    for (const value of [
      '0.80',
      '',
      ' a\r\n b\t',
      '00',
      'true',
      '"q"',
      'é\u{1f600}',
    ]) {
      await variables.set('v', { value }, JANE);
      expect((await variables.get('v')).value).toBe(value);
    }
    await expect(
      variables.set('v', { value: 'x'.repeat(65_537) }, JANE),
    ).rejects.toThrow(/65537 bytes/);
    await expect(variables.set('v', { value: 'a\0b' }, JANE)).rejects.toThrow(
      /NUL/,
    );
  });

  it('never returns a secret variable, and one stays secret', async () => {
    const { db, variables } = await open();
    await variables.set(
      'hook',
      { value: 'https://h/abcd', secret: true },
      JANE,
    );
    const again = await variables.set(
      'hook',
      { value: 'https://h/efgh' },
      JANE,
    );
    expect(again).toMatchObject({ secret: true, revision: 2 });
    expect(again.value).toBeUndefined();
    expect(JSON.stringify(await db.knex('variables'))).not.toContain('https');
    const resolved = await variables.resolveMany(db.knex, ['hook']);
    expect(resolved.get('hook')?.value).toBe('https://h/efgh');
  });

  it('gives a task its environment, its masks and its record', async () => {
    const { db, connections, variables, inputs } = await open();
    await connections.create(AWS, JANE);
    await variables.set('model_f1_threshold', { value: '0.80' }, JANE);
    await variables.set(
      'hook',
      { value: 'https://h/abcd', secret: true },
      JANE,
    );
    const got = await db.transaction(tx =>
      inputs.resolveForTask(tx, {
        connections: ['aws_default'],
        variables: ['model_f1_threshold', 'hook'],
      }),
    );
    expect(JSON.parse(got.env.AIRFLOW_CONN_AWS_DEFAULT)).toEqual({
      conn_type: 'aws',
      login: 'admin',
      password: AWS.password,
      extra: AWS.extra,
    });
    expect(got.env.MAESTRO_CONN_AWS_DEFAULT).toBe(
      got.env.AIRFLOW_CONN_AWS_DEFAULT,
    );
    expect(got.env).toMatchObject({
      AIRFLOW_VAR_MODEL_F1_THRESHOLD: '0.80',
      MAESTRO_VAR_MODEL_F1_THRESHOLD: '0.80',
      MAESTRO_VAR_HOOK: 'https://h/abcd',
    });
    expect(got.inputs).toEqual({
      variables: { model_f1_threshold: '0.80' },
      secretVariables: { hook: 1 },
      connections: { aws_default: 1 },
    });
    expect(got.secrets).toEqual(
      expect.arrayContaining([
        AWS.password,
        'minio%2Fadmin%20pass',
        'minio%2Fadmin+pass',
        Buffer.from(AWS.password).toString('base64').replace(/=+$/, ''),
        Buffer.from(`admin:${AWS.password}`)
          .toString('base64')
          .replace(/=+$/, ''),
        'tok-123456',
        'https://h/abcd',
      ]),
    );
    expect(got.secrets).not.toContain('http://minio:9000');
    expect(got.secrets).not.toContain('0.80');
  });

  it('names all that a task misses, and how to add it', async () => {
    const { db, inputs } = await open();
    await expect(
      db.transaction(tx =>
        inputs.resolveForTask(tx, { connections: ['c1'], variables: ['v1'] }),
      ),
    ).rejects.toThrow(
      /do not exist: connection c1, variable v1\. Add with "maestro connections add .* "maestro variables set/,
    );
  });

  it('gives a look at S3 address, keys and masks, or says what is missing', async () => {
    const { db, connections, inputs } = await open();
    await connections.create(AWS, JANE);
    await connections.create(
      { connId: 'web', connType: 'http', host: 'h', password: 'token-1234' },
      JANE,
    );
    const { access, secrets } = await inputs.forS3(db.knex, 'aws_default');
    expect(access).toMatchObject({
      endpoint: 'http://minio:9000',
      credentials: { accessKeyId: 'admin', secretAccessKey: AWS.password },
    });
    expect(secrets).toEqual(
      expect.arrayContaining([AWS.password, 'tok-123456']),
    );
    await expect(inputs.forS3(db.knex, 'none')).rejects.toThrow(
      /do not exist: connection none\. Add with "maestro connections add/,
    );
    await expect(inputs.forS3(db.knex, 'web')).rejects.toMatchObject({
      name: 'InputError',
      message:
        'Connection "web": it is of type "http", and S3 needs one of type aws',
    });
  });

  it('gives expressions no secret', async () => {
    const { db, connections, variables, inputs } = await open();
    await connections.create({ ...AWS, host: 'minio' }, JANE);
    await variables.set('a', { value: '1' }, JANE);
    await variables.set('b', { value: 'hidden', secret: true }, JANE);
    expect(
      await inputs.forExpressions(db.knex, {
        connections: ['aws_default', 'none'],
        variables: ['a', 'b', 'none'],
      }),
    ).toEqual({
      vars: { a: '1' },
      connections: {
        aws_default: { host: 'minio', port: undefined },
      },
    });
  });

  it('encrypts anew after a rotation, so that the old key can go', async () => {
    const { db, connections, variables } = await open();
    await connections.create(AWS, JANE);
    await variables.set(
      'hook',
      { value: 'https://h/abcd', secret: true },
      JANE,
    );
    const both = SecretKeyRing.fromKeys([K2, K1]);
    expect(await rotateSecrets(db, both)).toEqual({ rotated: 3, failed: [] });
    expect(await rotateSecrets(db, both)).toEqual({ rotated: 0, failed: [] });
    const later = stores(db, SecretKeyRing.fromKeys([K2]));
    expect(await later.connections.resolve('aws_default')).toMatchObject({
      ...AWS,
      revision: 1,
    });
    const lost = await rotateSecrets(db, SecretKeyRing.fromKeys([K1]));
    expect(lost.rotated).toBe(0);
    expect(lost.failed).toHaveLength(3);
    // A list still works when a key is gone; only the use of a secret fails.
    const broken = stores(db, SecretKeyRing.fromKeys([K1]));
    expect((await broken.connections.list())[0].hasPassword).toBe(true);
    await expect(broken.connections.resolve('aws_default')).rejects.toThrow(
      /key "k2"/,
    );
  });

  it('encrypts anew however many there are', async () => {
    const { db, variables } = await open();
    // Two pages, and one that is full.
    for (let i = 0; i < 100; i++) {
      await variables.set(`v${i}`, { value: 'hidden', secret: true }, JANE);
    }
    expect(await rotateSecrets(db, SecretKeyRing.fromKeys([K2, K1]))).toEqual({
      rotated: 100,
      failed: [],
    });
    const later = stores(db, SecretKeyRing.fromKeys([K2]));
    const found = await later.variables.resolveMany(db.knex, ['v0', 'v99']);
    expect([...found.values()].map(({ value }) => value)).toEqual([
      'hidden',
      'hidden',
    ]);
  });

  it('seeds follow the configuration until a person changes them', async () => {
    const all = await open();
    const seeds = (port: number, threshold: string) =>
      readSeeds(
        new ConfigReader({
          maestro: {
            seeds: {
              connections: [
                {
                  connId: 'mlflow_default',
                  connType: 'http',
                  host: '127.0.0.1',
                  port,
                },
              ],
              variables: [{ key: 'threshold', value: threshold }],
            },
          },
        }),
      );
    await Promise.all([
      applySeeds(seeds(5000, '0.80'), all),
      applySeeds(seeds(5000, '0.80'), all),
    ]);
    expect(await all.connections.get('mlflow_default')).toMatchObject({
      port: 5000,
      updatedBy: 'seed',
      revision: 1,
    });
    await applySeeds(seeds(5001, '0.90'), all);
    expect(await all.connections.get('mlflow_default')).toMatchObject({
      port: 5001,
      revision: 2,
    });
    await all.variables.set('threshold', { value: '0.999' }, JANE);
    await applySeeds(seeds(5002, '0.95'), all);
    expect((await all.connections.get('mlflow_default')).port).toBe(5002);
    expect((await all.variables.get('threshold')).value).toBe('0.999');
  });

  it('seeds a variable as secret only by secretValue, and says so', () => {
    const seeds = (variable: object) =>
      readSeeds(
        new ConfigReader({ maestro: { seeds: { variables: [variable] } } }),
      ).variables;
    expect(seeds({ key: 'token', secretValue: 't0ken' })).toMatchObject([
      { key: 'token', value: 't0ken', secret: true },
    ]);
    expect(seeds({ key: 'limit', value: '1' })).toMatchObject([
      { key: 'limit', value: '1', secret: false },
    ]);
    expect(() => seeds({ key: 'token', value: 't0ken', secret: true })).toThrow(
      '"token" has the field secret; write its value as secretValue',
    );
  });

  it('knows which pipelines use what, from their current versions only', async () => {
    const { db, connections, variables } = await open();
    await connections.create(AWS, JANE);
    await variables.set('limit', { value: '1' }, JANE);
    const definition = (uses: string[]) =>
      JSON.stringify({ tasks: [task({ connections: uses })] });
    for (const [id, uses] of [
      [1, ['aws_default']],
      [2, []],
    ] as const) {
      await db.knex('pipeline_versions').insert({
        id,
        pipeline_id: 1,
        number: id,
        hash: `h${id}`,
        definition: definition([...uses]),
        created_at: 1,
      });
    }
    await db.knex('pipelines').insert({
      id: 1,
      name: 'training',
      entity_ref: 'pipeline:default/training',
      owner_ref: 'group:default/ml',
      type: 'training',
      tags: '[]',
      current_version_id: 1,
      created_at: 1,
      seen_at: 1,
    });
    expect((await connections.get('aws_default')).usedBy).toEqual(['training']);
    expect((await variables.get('limit')).usedBy).toEqual([]);
    await db.knex('pipelines').update({ current_version_id: 2 });
    expect((await connections.get('aws_default')).usedBy).toEqual([]);
  });
});

function task(change: object) {
  return { connections: [], variables: [], ...change };
}

it('finds names in lists, commands, environment and conditions', () => {
  const definition = {
    tasks: [
      task({ connections: ['c1'], variables: ['v1'] }),
      task({ command: ['x', '${{ connections.c2.host }}', 'vars.no'] }),
      task({ env: { A: 'a ${{ vars.v2 + vars.v3 }} b' } }),
      task({ branch: { if: 'double(vars.v4) > 1.0' } }),
      task({ id: 'fit', pool: 'gpu' }),
    ],
  } as unknown as PipelineDefinition;
  expect(namesIn(definition)).toEqual({
    connections: ['c1', 'c2'],
    variables: ['v1', 'v2', 'v3', 'v4'],
    pools: [{ pool: 'gpu', taskId: 'fit' }],
  });
});
