import type {
  BackfillDetail,
  BackfillPreviewAnswer,
} from '@maestro/plugin-maestro-common';
import {
  errorAnswer,
  startFakeMaestro,
  type FakeMaestro,
} from '../__testUtils__/fakeMaestro';
import { runMaestro } from '../__testUtils__/runMaestro';

const ID = '019ab000-0000-7000-8000-00000000abcd';
const noon = (day: number) => new Date(2026, 10, day, 12).getTime();

const backfill: BackfillDetail = {
  backfillId: ID,
  pipeline: 'train',
  entityRef: 'pipeline:default/train',
  schedule: 'default',
  from: noon(1),
  to: noon(5),
  only: 'missing',
  order: 'oldest',
  maxActive: 2,
  params: {},
  state: 'running',
  total: 5,
  counts: {
    waiting: 1,
    queued: 0,
    running: 2,
    success: 0,
    failed: 1,
    leftOut: 1,
    cancelled: 0,
    deleted: 0,
  },
  createdAt: noon(6),
  createdBy: 'user:default/me',
  isCut: false,
  members: [
    { dueAt: noon(1), outcome: 'left_out', reason: 'succeeded' },
    { dueAt: noon(2), outcome: 'failed', runId: 'run-2' },
    { dueAt: noon(3), outcome: 'running', runId: 'run-3' },
    { dueAt: noon(4), outcome: 'running', runId: 'run-4' },
    { dueAt: noon(5), outcome: 'waiting' },
  ],
};

const preview: BackfillPreviewAnswer = {
  schedule: 'default',
  due: [
    { at: noon(1), reason: 'succeeded' },
    { at: noon(2) },
    { at: noon(3), reason: 'in_flight' },
  ],
  toRun: 1,
  leftOut: [
    { reason: 'succeeded', count: 1 },
    { reason: 'in_flight', count: 1 },
  ],
};

let fake: FakeMaestro;
const maestro = (line: string, options?: { stdin?: string; tty?: boolean }) =>
  runMaestro(fake, line.split(' '), options);
const squeezed = (text: string) =>
  text.split('\n').map(line => line.replace(/ +/g, ' ').trimEnd());
const last = () => fake.requests[fake.requests.length - 1];

beforeAll(async () => {
  fake = await startFakeMaestro();
});
afterAll(() => fake.close());
beforeEach(() => {
  fake.requests.length = 0;
  Object.assign(fake.routes, {
    'GET /pipelines/train': {
      json: {
        definition: { params: { properties: { n: { type: 'integer' } } } },
      },
    },
    'POST /pipelines/train/backfills': { status: 201, json: backfill },
    'POST /pipelines/train/backfills/preview': { json: preview },
    'GET /backfills': { json: { items: [backfill] } },
    [`GET /backfills/${ID}`]: { json: backfill },
    [`PUT /backfills/${ID}/state`]: (
      _: unknown,
      { state }: { state: 'paused' },
    ) => ({ json: { ...backfill, state } }),
  });
});

describe('backfill create', () => {
  it('asks for the range, days to their end, with defaults', async () => {
    const { code, stdout } = await maestro(
      'backfill create train --from 2026-11-01 --to 2026-11-05',
    );
    expect(code).toBe(0);
    expect(last().body).toEqual({
      from: Date.UTC(2026, 10, 1),
      to: Date.UTC(2026, 10, 6) - 1,
      maxActive: 2,
      order: 'oldest',
      only: 'missing',
      params: {},
    });
    expect(stdout).toContain(
      `Backfill ${ID} of train began: 1 of 5 due times to run, 2 at once.`,
    );
  });

  it('hands on everything that was said', async () => {
    await maestro(
      'backfill create train --from 2026-11-01T04:00Z --to 2026-11-05T04:00Z --schedule nightly --param n=5 --max-active 7 --order newest --only missing-or-failed',
    );
    expect(last().body).toEqual({
      from: Date.UTC(2026, 10, 1, 4),
      to: Date.UTC(2026, 10, 5, 4),
      schedule: 'nightly',
      maxActive: 7,
      order: 'newest',
      only: 'missing-or-failed',
      params: { n: 5 },
    });
  });

  it('with --dry-run lists what would run, what not and why', async () => {
    const { stdout } = await maestro(
      'backfill create train --from 2026-11-01 --to 2026-11-03 --order newest --dry-run',
    );
    expect(squeezed(stdout)).toEqual([
      'DUE WOULD BECAUSE',
      '2026-11-03 12:00:00 be left out in_flight',
      '2026-11-02 12:00:00 run',
      '2026-11-01 12:00:00 be left out succeeded',
      '',
      '1 of 3 due times would run.',
      '1 have succeeded already.',
      '1 have a run that is not over.',
      '',
    ]);
    expect(last().route).toBe('POST /pipelines/train/backfills/preview');
  });

  it.each([
    ['--from 2026-11-01', '--to'],
    ['--from 2026-11-01 --to yesterday', '2025-01-01'],
    ['--from 2026-11-01 --to 2026-11-02 --only some', 'missing-or-failed'],
    ['--from 2026-11-01 --to 2026-11-02 --max-active 0', 'from 1 to 100'],
  ])('%s is wrong usage: %s', async (line, message) => {
    const { code, stderr } = await maestro(`backfill create train ${line}`);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(fake.requests).toEqual([]);
  });

  it('that has nothing to run is refused with the reason', async () => {
    fake.routes['POST /pipelines/train/backfills'] = errorAnswer(
      409,
      'ConflictError',
      'Nothing of it is to run: 3 have succeeded already',
    );
    const { code, stderr } = await maestro(
      'backfill create train --from 2026-11-01 --to 2026-11-03',
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('3 have succeeded already');
  });
});

describe('backfills', () => {
  it('are listed with how far they have come', async () => {
    const { stdout } = await maestro('backfill list');
    expect(squeezed(stdout)[1]).toBe(
      '0000abcd train running 2026-11-01 2026-11-05 1/4 2 1 1',
    );
  });

  it('are shown with what runs and what failed', async () => {
    const { stdout } = await maestro('backfill show 0000abcd');
    expect(stdout).toContain('1 to run, 2 running, 1 failed, 1 left out');
    expect(squeezed(stdout)).toContain('2026-11-02 12:00:00 failed run-2');
    const json = await maestro(`-o json backfill show ${ID}`);
    expect(JSON.parse(json.stdout)).toEqual(backfill);
  });

  it.each([
    ['pause', 'paused', 'is paused'],
    ['unpause', 'running', 'goes on'],
    ['cancel --yes', 'cancelled', 'is cancelled'],
  ])('%s', async (verb, state, words) => {
    const [name, ...flags] = verb.split(' ');
    const { stdout, code } = await maestro(
      ['backfill', name, ID, ...flags].join(' '),
    );
    expect(code).toBe(0);
    expect(last().body).toEqual({ state });
    expect(stdout).toContain(`Backfill ${ID} of train ${words}`);
  });

  it('are cancelled only after a clear yes to the exact effect', async () => {
    const no = await maestro('backfill cancel 0000abcd', {
      tty: true,
      stdin: 'n\n',
    });
    expect(no.code).toBe(1);
    expect(no.stderr).toContain(
      'Cancels 2 live runs of train, and 1 due times will not run.',
    );
    expect(last().route).toBe(`GET /backfills/${ID}`);
    await maestro('backfill cancel 0000abcd', { tty: true, stdin: 'y\n' });
    expect(last().body).toEqual({ state: 'cancelled' });
    const script = await maestro('backfill cancel 0000abcd');
    expect(script.code).toBe(2);
    expect(script.stderr).toContain('say --yes');
  });

  it('that nobody knows are not found', async () => {
    const { code, stderr } = await maestro('backfill show ffff');
    expect(code).toBe(3);
    expect(stderr).toContain('maestro backfill list');
  });
});

describe('the runs of a backfill', () => {
  beforeEach(() => {
    fake.routes['GET /runs'] = { json: { items: [] } };
  });

  it('are listed by the last characters of its id, and by the whole', async () => {
    for (const id of ['abcd', ID]) {
      const { code } = await maestro(`runs list --backfill ${id}`);
      expect(code).toBe(0);
      expect(last().query).toContain(`backfill=${ID}`);
    }
  });

  it('are not all runs where nobody knows the backfill', async () => {
    const { code, stderr } = await maestro('runs list --backfill 0000');
    expect(code).toBe(3);
    expect(stderr).toContain('No backfill ends with "0000"');
    expect(fake.requests.map(({ route }) => route)).not.toContain('GET /runs');
  });
});
