import { entity, type Loose } from '../__testUtils__/entity';
import { validatePipeline } from './validatePipeline';

const url = 'https://example.org/x';

describe('a task that waits, with its defaults', () => {
  const task = (written: Loose) => {
    const result = validatePipeline(
      entity({
        defaults: { timeout: 'PT30M', queuedTimeout: 'PT1H', pool: 'gpu' },
        tasks: [{ id: 'w', ...written }],
      }),
    );
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.definition.tasks[0];
  };

  it('holds no place that it could wait for too long', () => {
    expect(task({ wait: { for: 'P2D' } }).queuedTimeoutMs).toBeUndefined();
    expect(task({ run: { command: ['x'] } }).queuedTimeoutMs).toBe(3_600_000);
  });

  it.each<[string, Loose, Loose]>([
    [
      'a time; what the defaults say of processes does not bound it',
      { wait: { for: 'P2D' } },
      { kind: 'wait', wait: { forMs: 172_800_000 } },
    ],
    [
      'an answer; at most a week, as sensors of Airflow',
      { wait: { http: { url } } },
      {
        kind: 'wait',
        wait: { http: { url, method: 'GET', status: [200] }, everyMs: 30_000 },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'a connection, which counts as used',
      { http: { url: '/x', connection: 'mlflow_default' }, timeout: 'PT5M' },
      {
        kind: 'http',
        connections: ['mlflow_default'],
        timeoutMs: 300_000,
        http: {
          url: '/x',
          connection: 'mlflow_default',
          method: 'GET',
          expect: 'response.status < 300',
        },
      },
    ],
    [
      'another run',
      { wait: { run: { pipeline: 'p' } } },
      {
        wait: {
          run: { pipeline: 'p', state: 'success', sameLogicalDate: true },
          everyMs: 30_000,
        },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'another run, and how long ago',
      {
        wait: {
          run: { pipeline: 'p', state: 'finished', within: 'P1D' },
          every: 'PT1M',
        },
      },
      {
        wait: {
          run: { pipeline: 'p', state: 'finished', withinMs: 86_400_000 },
          everyMs: 60_000,
        },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'a file',
      { wait: { object: { path: '/data/x' } } },
      {
        wait: { object: { path: '/data/x' }, everyMs: 60_000 },
        timeoutMs: 604_800_000,
      },
    ],
    ...(
      [
        ['with the usual connection', {}, 'aws_default'],
        ['with its own connection', { connection: 'lake' }, 'lake'],
      ] as const
    ).map(([what, more, connection]): [string, object, object] => [
      `an object of S3 ${what}`,
      { wait: { object: { path: 's3://raw/x', ...more } } },
      {
        wait: { s3: { path: 's3://raw/x', connection }, everyMs: 60_000 },
        connections: [connection],
        timeoutMs: 604_800_000,
      },
    ]),
    [
      'an object of S3 whose address an expression gives',
      { wait: { object: { path: '${{ vars.input }}', connection: 'lake' } } },
      {
        wait: {
          s3: { path: '${{ vars.input }}', connection: 'lake' },
          everyMs: 60_000,
        },
        connections: ['lake'],
        timeoutMs: 604_800_000,
      },
    ],
    [
      'a file that is looked for often, for an hour',
      { wait: { object: { path: '/x' }, every: 'PT5S' }, timeout: 'PT1H' },
      {
        wait: { object: { path: '/x' }, everyMs: 5_000 },
        timeoutMs: 3_600_000,
      },
    ],
    ...(
      [
        [{}, { since: 'run' }],
        [{ since: 'ready' }, { since: 'ready' }],
        [{ within: 'P1D' }, { withinMs: 86_400_000 }],
      ] as const
    ).map(([asset, stored]): [string, Loose, Loose] => [
      `an event of an asset ${JSON.stringify(asset)}`,
      { wait: { asset: { name: 'x', ...asset } } },
      {
        wait: { asset: { name: 'x', ...stored }, everyMs: 30_000 },
        timeoutMs: 604_800_000,
      },
    ]),
    [
      'an event that is looked for often',
      { wait: { asset: { name: 'x' }, every: 'PT1S' } },
      {
        wait: { asset: { name: 'x', since: 'run' }, everyMs: 1_000 },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'an instant',
      { wait: { until: '2026-12-01T04:00:00Z' } },
      { kind: 'wait', wait: { until: '2026-12-01T04:00:00Z' } },
    ],
    [
      'statuses, each once',
      { wait: { http: { url, status: [200, 204, 200] } } },
      {
        wait: {
          http: { url, method: 'GET', status: [200, 204] },
          everyMs: 30_000,
        },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'anybody, for a day',
      { approve: { message: 'm', timeout: 'P1D', onTimeout: 'skip' } },
      {
        approve: {
          message: 'm',
          approvers: [],
          onTimeout: 'skip',
          timeoutMs: 86_400_000,
        },
      },
    ],
    [
      'a person',
      { approve: { message: 'm', approvers: ['group:default/ML-Team'] } },
      {
        kind: 'approve',
        approve: {
          message: 'm',
          approvers: ['group:default/ml-team'],
          onTimeout: 'fail',
        },
      },
    ],
    [
      'a run',
      { pipeline: { name: 'p' } },
      {
        kind: 'pipeline',
        pipeline: { name: 'p', wait: true },
        timeoutMs: 604_800_000,
      },
    ],
    [
      'a run that nobody waits for',
      { pipeline: { name: 'p', wait: false } },
      { kind: 'pipeline', pipeline: { name: 'p', wait: false } },
    ],
  ])('%s', (_, written, expected) => {
    const compiled = task(written);
    const parts = { connections: [], variables: [], ...expected };
    expect(
      Object.fromEntries(
        Object.keys(parts).map(key => [key, (compiled as Loose)[key]]),
      ),
    ).toStrictEqual(parts);
    expect(compiled.pool).toBeUndefined();
    expect(compiled.timeoutMs).toBe(expected.timeoutMs);
    // A definition is JSON, where undefined has no place.
    expect(JSON.parse(JSON.stringify(compiled))).toStrictEqual(compiled);
  });
});
