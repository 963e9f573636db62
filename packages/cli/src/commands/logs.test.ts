import { everyCommand } from '../__testUtils__/everyCommand';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { attempt, detail, RUN_ID, task } from '../__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

/** The run when its task is one of Airflow. */
function ofAirflow(): RunDetail {
  const tasks = [{ id: 'fit', airflow: { operator: 'PythonOperator' } }];
  const definition = { tasks } as unknown as RunDetail['definition'];
  return { ...detail('success'), definition };
}

describe('logs', () => {
  it('writes the bytes of one task as they are', async () => {
    const { bytes } = await maestro(['logs', RUN_ID, 'fit']);
    expect([...bytes]).toEqual([0xff, 0x00, 0x0a]);
  });

  describe('of a task of Airflow', () => {
    const line = `${JSON.stringify({
      timestamp: '2026-11-27T13:40:01.5Z',
      level: 'error',
      event: 'Task failed',
      error_detail: [{ exc_type: 'KeyError', exc_value: 'k', frames: [] }],
    })}\n`;

    beforeEach(() => {
      fake.routes[`GET /runs/${RUN_ID}`] = { json: ofAirflow() };
      fake.routes['GET /attempts/attempt-1/log/raw'] = {
        bytes: Buffer.from(line),
        headers: { 'maestro-log-end': 'true' },
      };
    });

    it.each([
      [['fit'], '2026-11-27 13:40:01 ERROR Task failed\n  KeyError: k\n'],
      [
        [],
        'fit | 2026-11-27 13:40:01 ERROR Task failed\nfit |   KeyError: k\n',
      ],
      [['fit', '-f'], '2026-11-27 13:40:01 ERROR Task failed\n  KeyError: k\n'],
      [
        ['-f'],
        'fit | 2026-11-27 13:40:01 ERROR Task failed\nfit |   KeyError: k\n',
      ],
      [['fit', '--raw'], line],
      [['--raw'], `fit | ${line}`],
      [['fit', '-f', '--raw'], line],
    ])('logs %j', async (more, expected) => {
      const { stdout } = await maestro(['logs', RUN_ID, ...more]);
      expect(stdout).toBe(expected);
    });

    it.each([
      [['fit'], line],
      [['fit', '-f'], line],
      [[], `fit | ${line}`],
      [['-f'], `fit | ${line}`],
    ])(
      'stays as it is of another pipeline: logs %j',
      async (more, expected) => {
        fake.routes[`GET /runs/${RUN_ID}`] = { json: detail('success') };
        const { stdout } = await maestro(['logs', RUN_ID, ...more]);
        expect(stdout).toBe(expected);
      },
    );

    it('is as it was written for programs', async () => {
      const { stdout } = await maestro([
        'logs',
        RUN_ID,
        'fit',
        '--output',
        'json',
      ]);
      expect(JSON.parse(stdout)[0].text).toBe(line);
    });
  });

  it('names the task before each line of all tasks', async () => {
    const { bytes } = await maestro(['logs', RUN_ID]);
    expect(bytes.toString('latin1')).toBe('fit | \xff\x00\n');
  });

  it('follows each byte once, until the end, over a restart of the portal', async () => {
    const log = Buffer.from('one\ntwo\n');
    let looks = 0;
    fake.routes['GET /attempts/attempt-1/log/raw'] = query => {
      looks += 1;
      if (looks === 2) return { status: 503 };
      const from = Number(query.get('offset'));
      return {
        bytes: log.subarray(from, looks === 1 ? 5 : undefined),
        headers: { 'maestro-log-end': String(looks > 2) },
      };
    };
    const result = await maestro([
      'logs',
      RUN_ID,
      'fit',
      '-f',
      '--interval',
      '50',
    ]);
    expect(result).toMatchObject({ code: 0, stdout: log.toString() });
  });

  it('says where the log of a further attempt begins, and leaves the log alone', async () => {
    fake.routes[`GET /runs/${RUN_ID}/tasks/fit/attempts`] = {
      json: {
        items: [1, 2].map(seq => ({
          ...attempt,
          attemptId: `attempt-${seq}`,
          seq,
        })),
      },
    };
    for (const seq of [1, 2]) {
      fake.routes[`GET /attempts/attempt-${seq}/log/raw`] = query => ({
        bytes: Buffer.from(`log ${seq}\n`).subarray(
          Number(query.get('offset')),
        ),
        headers: { 'maestro-log-end': 'true' },
      });
    }
    const { stdout, stderr } = await maestro(['logs', RUN_ID, 'fit', '-f']);
    expect(stdout).toBe('log 1\nlog 2\n');
    expect(stderr).toBe('maestro: attempt 2 of fit\n');
  });

  it('tells a task that does not exist from one without a log', async () => {
    const wrong = await maestro(['logs', RUN_ID, 'nope']);
    expect(wrong).toMatchObject({ code: 3, stdout: '' });
    expect(wrong.stderr).toContain('it has fit');
    const later = await maestro(['logs', RUN_ID, 'fit', '--attempt', '7']);
    expect(later.stderr).toContain('no attempt 7');
  });
});

describe('a mapped task', () => {
  const instance = (mapIndex: number) => ({
    ...task,
    mapIndex,
    state: mapIndex === 1 ? 'failed' : 'success',
    latestAttemptId: `attempt-${mapIndex}`,
  });
  let asked: string[];

  beforeEach(() => {
    asked = [];
    fake.routes[`GET /runs/${RUN_ID}`] = {
      json: {
        ...detail('failed'),
        tasks: [
          {
            ...task,
            state: 'failed',
            latestAttemptId: undefined,
            mapped: { success: 2, failed: 1 },
          },
        ],
      },
    };
    // Two pages.
    fake.routes[`GET /runs/${RUN_ID}/tasks/fit/mapped`] = (
      query: URLSearchParams,
    ) => {
      asked.push(String(query));
      const isFirst = query.get('after') === '-1';
      return {
        json: {
          items: isFirst ? [0, 1].map(instance) : [instance(2)],
          counts: { success: 2, failed: 1 },
          ...(isFirst ? { next: 1 } : {}),
        },
      };
    };
    fake.routes[`GET /runs/${RUN_ID}/tasks/fit/attempts`] = (
      query: URLSearchParams,
    ) => ({
      json: {
        items: [{ ...attempt, attemptId: `attempt-${query.get('mapIndex')}` }],
      },
    });
    for (const index of [0, 1, 2]) {
      fake.routes[`GET /attempts/attempt-${index}/log/raw`] = {
        bytes: Buffer.from(`of item ${index}\n`),
        headers: { 'maestro-log-end': 'true' },
      };
    }
  });

  it('is shown with how far it is', async () => {
    const { stdout } = await maestro(['runs', 'show', RUN_ID]);
    expect(stdout).toContain('3/3: 2 success, 1 failed');
  });

  it('has the log of one instance, byte by byte', async () => {
    const result = await maestro(['logs', RUN_ID, 'fit', '--index', '2']);
    expect(result).toMatchObject({ code: 0, stdout: 'of item 2\n' });
    expect(asked).toHaveLength(2);
  });

  it('has the logs of all, each line behind its instance', async () => {
    const { stdout } = await maestro(['logs', RUN_ID, 'fit']);
    expect(stdout).toBe(
      'fit[0] | of item 0\nfit[1] | of item 1\nfit[2] | of item 2\n',
    );
  });

  it('says that there is no such instance, and that an index needs a task', async () => {
    const gone = await maestro(['logs', RUN_ID, 'fit', '--index', '7']);
    expect(gone.code).toBe(3);
    expect(gone.stderr).toContain('has no such instance');
    const alone = await maestro(['logs', RUN_ID, '--index', '7']);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('say which');
  });

  it('is cleared by index', async () => {
    await maestro([
      'runs',
      'clear',
      RUN_ID,
      '--task',
      'fit',
      '--index',
      '0-1,2',
      '-y',
    ]);
    const { body } = fake.requests.find(({ route }) =>
      route.endsWith('/clear'),
    )!;
    expect(body).toMatchObject({ taskIds: ['fit'], mapIndices: [0, 1, 2] });
  });
});
