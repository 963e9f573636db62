import { everyCommand } from '../__testUtils__/everyCommand';
import { errorAnswer, pipeline, run } from '../__testUtils__/fakeMaestro';

const { fake, lastBody, maestro } = everyCommand();

describe('what surprises', () => {
  const problems = [
    {
      path: 'spec.tasks[0].timeout',
      message: 'is "5m"',
      expected: 'a duration such as PT5M',
      file: '/p/train/catalog-info.yaml',
      line: 12,
      column: 16,
    },
  ];

  it('is said of a run of the last good version, on stderr', async () => {
    fake.routes['GET /pipelines/train'] = {
      json: { ...pipeline, problems, definition: { tasks: [] } },
    };
    const warning =
      'maestro: the file of train is not valid now; this run is of version 1, the last good one:\n' +
      '  /p/train/catalog-info.yaml:12:16: spec.tasks[0].timeout: is "5m" (expected a duration such as PT5M)\n';
    fake.routes['POST /pipelines/train/runs'] = {
      status: 201,
      json: { ...run, created: true },
    };
    for (const args of [[], ['-o', 'json']]) {
      const { code, stderr } = await maestro(['trigger', 'train', ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: warning });
    }
  });

  it('is no reason not to start a run for who may not read the pipeline', async () => {
    fake.routes['GET /pipelines/train'] = errorAnswer(
      403,
      'NotAllowedError',
      'no',
    );
    expect((await maestro(['trigger', 'train'])).code).toBe(0);
    expect((await maestro(['trigger', 'train', '--param', 'n=5'])).code).toBe(
      5,
    );
  });
});

describe('what is sent', () => {
  it('is a param of the type that the schema wants', async () => {
    await maestro(['trigger', 'train', '--param', 'n=5', '--run-key', 'k']);
    expect(lastBody()).toEqual({ params: { n: 5 }, runKey: 'k' });
  });

  it('is the key of a partition, as it was written', async () => {
    await maestro(['trigger', 'train', '--partition-key', '2025-01']);
    expect(lastBody()).toEqual({ params: {}, partitionKey: '2025-01' });
  });

  it.each([
    ['trigger', 'train'],
    ['assets', 'emit', 'drift'],
    ['airflow', 'dags', 'test', 'd'],
  ])('is no empty key of a partition: %s %s', async (...command) => {
    const { code, stderr, stdout } = await maestro([
      ...command,
      '--partition-key',
      '',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      "option '--partition-key <key>' argument '' is invalid. The key of a partition must not be empty: give one, or leave the option out.",
    );
  });

  it('asks for the SLA of the pipeline only when told to', async () => {
    await maestro(['trigger', 'train']);
    expect(lastBody()).not.toHaveProperty('sla');
    await maestro(['trigger', 'train', '--sla']);
    expect(lastBody()).toMatchObject({ sla: true });
  });
});
