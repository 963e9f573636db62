import { graphOf, statesOf } from '../../__testUtils__/definitions';
import type { TaskDefinition } from '../pipeline/definition';
import { describeWait, nextWaitAt, plannedWait, type WaitFacts } from './waits';
import { whyNotRunning } from '../why/whyNotRunning';

const at = (time: string) => Date.parse(`2026-06-01T${time}Z`);
const http = { method: 'GET' as const, url: 'https://x/ready', status: [200] };

describe('what a task waits for, before it does', () => {
  it.each<[string, Partial<TaskDefinition>, string]>([
    ['a time', { wait: { forMs: 600_000 } }, '600 seconds'],
    [
      'an instant',
      { wait: { until: '2026-06-01T00:00:00Z' } },
      'the time 2026-06-01T00:00:00Z',
    ],
    ['an answer', { wait: { http } }, 'GET https://x/ready to answer 200'],
    [
      'a certain answer',
      { wait: { http: { ...http, status: [200, 204], until: 'true' } } },
      'GET https://x/ready to answer 200 or 204 with true',
    ],
    ['a file', { wait: { object: { path: '/data/x' } } }, 'the file /data/x'],
    [
      'an object of S3',
      { wait: { s3: { path: 's3://raw/x', connection: 'aws_default' } } },
      'the object s3://raw/x',
    ],
    [
      'another run',
      {
        wait: {
          run: { pipeline: 'p', state: 'success', sameLogicalDate: true },
        },
      },
      'a run of pipeline "p" of the same logical date to end with success',
    ],
    [
      'another run that ended lately',
      {
        wait: {
          run: { pipeline: 'p', state: 'finished', withinMs: 3_600_000 },
        },
      },
      'a run of pipeline "p" of the last 60 minutes to end',
    ],
    [
      'an event of an asset',
      { wait: { asset: { name: 'sales', since: 'run' } } },
      'an event of asset "sales" since the run was due',
    ],
    [
      'a new event of an asset',
      { wait: { asset: { name: 'sales', since: 'ready' } } },
      'an event of asset "sales" since the task was ready',
    ],
    [
      'an event of an asset that came lately',
      { wait: { asset: { name: 'sales', withinMs: 7_200_000 } } },
      'an event of asset "sales" of the last 120 minutes',
    ],
    [
      'a call',
      { http: { method: 'POST', url: 'https://x/', expect: 'true' } },
      'the answer of POST https://x/',
    ],
    [
      'a person',
      { approve: { message: 'Deploy?', approvers: [], onTimeout: 'fail' } },
      'a decision: Deploy?',
    ],
    [
      'a run of its own',
      { pipeline: { name: 'child', wait: true } },
      'a run of pipeline "child"',
    ],
    ['nothing that is known', {}, 'an event'],
  ])('%s', (_, steps, text) => {
    expect(plannedWait(steps as TaskDefinition)).toBe(text);
  });
});

describe('what a task waits for now', () => {
  const wait: WaitFacts = {
    kind: 'http',
    what: 'GET https://x/ready to answer 200',
    since: at('10:00:00'),
    looks: 0,
  };
  const ask = (facts: WaitFacts) => {
    const definition = graphOf('a -> b');
    return whyNotRunning({
      now: at('10:31:00'),
      definition,
      run: { id: 'r1', state: 'running' },
      taskNo: 1,
      states: statesOf(definition, { a: 'deferred' }),
      waits: [facts],
    }).chain;
  };

  it('says what, the last answer, the next look and until when', () => {
    expect(
      describeWait({
        ...wait,
        looks: 3,
        lookedAt: at('10:31:00'),
        answer: 'HTTP 503',
        nextLookAt: at('10:31:30'),
        timeoutAt: at('12:00:00'),
      }),
    ).toBe(
      'GET https://x/ready to answer 200; the last look at 2026-06-01T10:31:00.000Z found: HTTP 503; it looks again at 2026-06-01T10:31:30.000Z; it gives up at 2026-06-01T12:00:00.000Z',
    );
    expect(describeWait(wait)).toBe(wait.what);
    // A time says itself when it comes.
    expect(
      describeWait({
        ...wait,
        kind: 'time',
        what: 'the time x',
        nextLookAt: at('11:00:00'),
      }),
    ).toBe('the time x');
  });

  it.each<[string, Partial<WaitFacts>, object]>([
    [
      'an answer: mark it, when nobody shall wait for it',
      {},
      {
        action: {
          kind: 'open_task',
          label: 'Open it, to mark it by hand',
          target: 'a',
          command: 'maestro runs mark r1 --task a --state success',
        },
      },
    ],
    [
      'a person: decide',
      { kind: 'approval', what: 'a decision: Deploy?' },
      { action: { kind: 'approve', label: 'Decide', target: 'a' } },
    ],
    [
      'a run: open it',
      { kind: 'pipeline', what: 'run r2', runId: 'r2' },
      {
        names: ['a', 'r2'],
        action: { kind: 'open_run', label: 'Open that run', target: 'r2' },
      },
    ],
    [
      'an asset: open it, who makes it stands there',
      {
        kind: 'asset',
        what: 'an event of asset "sales" since x',
        asset: 'sales',
      },
      {
        names: ['a', 'sales'],
        action: {
          kind: 'open_asset',
          label: 'Open the asset',
          target: 'sales',
        },
      },
    ],
  ])('and what unblocks it, for %s', (_, facts, expected) => {
    const chain = ask({ ...wait, ...facts });
    expect(chain.map(({ code }) => code)).toStrictEqual([
      'upstream_running',
      'waiting_for_event',
    ]);
    expect(chain[1]).toMatchObject({
      since: wait.since,
      message: `Task "a" waits for ${facts.what ?? wait.what}.`,
      ...expected,
    });
  });

  it('is looked at next when it is due or its time is over', () => {
    expect(nextWaitAt(5, 3)).toBe(3);
    expect(nextWaitAt(2, 3)).toBe(2);
    expect(nextWaitAt(undefined, 3)).toBe(3);
    expect(nextWaitAt(2, undefined)).toBe(2);
    expect(nextWaitAt(undefined, undefined)).toBeUndefined();
  });
});
