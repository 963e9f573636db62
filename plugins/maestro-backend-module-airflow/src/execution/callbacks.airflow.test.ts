/* Which callbacks of a task are called, and what they see. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DagRunner } from './__testUtils__/runDag';

// The first task of a suite waits until Airflow is imported.
jest.setTimeout(240_000);

let runner: DagRunner;

beforeAll(() => {
  runner = new DagRunner();
});
afterAll(() => runner.remove());

/** What callbacks have written, in a file of each DAG. */
const written = (name: string) => {
  const file = join(runner.scratch, name);
  return existsSync(file)
    ? readFileSync(file, 'utf8').trim().split('\n').sort()
    : [];
};

const dag = (name: string, body: string) => `
import os, signal, time
from datetime import datetime, timedelta
from airflow.sdk import DAG, Variable, task
from airflow.sdk.exceptions import AirflowSkipException

def tells(kind):
    def tell(context):
        ti = context["ti"]
        with open("${join(runner.scratch, name)}", "a") as file:
            file.write(f"{ti.task_id} try {ti.try_number}: {kind}, {context.get('exception')!r:.90}, {Variable.get('who')}\\n")
    return tell

ALL = {f"on_{kind}_callback": tells(kind) for kind in ("success", "failure", "retry", "skipped")}

with DAG("tested", schedule=None, default_args={"retry_delay": timedelta(seconds=0.2), **ALL}):
${body
  .split('\n')
  .map(line => `    ${line}`)
  .join('\n')}
`;

const run = (name: string, body: string) =>
  runner.run(dag(name, body), { variables: { who: 'team' } });

it('a task calls them when it has ended', async () => {
  const { states } = await run(
    'ended',
    `
@task
def works():
    pass

@task(retries=1)
def fails():
    raise ValueError("no")

@task
def skips():
    raise AirflowSkipException("nothing")

@task(execution_timeout=timedelta(seconds=1))
def takes_too_long():
    time.sleep(60)

works(), fails(), skips(), takes_too_long()`,
  );
  expect(states).toEqual({
    works: 'success',
    fails: 'failed',
    skips: 'skipped',
    takes_too_long: 'failed',
  });
  expect(written('ended')).toEqual([
    "fails try 1: retry, ValueError('no'), team",
    "fails try 2: failure, ValueError('no'), team",
    expect.stringMatching(/^skips try 1: skipped, /),
    expect.stringMatching(
      /^takes_too_long try 1: failure, AirflowTaskTimeout\(/,
    ),
    'works try 1: success, None, team',
  ]);
});

it('one that fails changes nothing, and the others are called', async () => {
  const seen = await run(
    'broken',
    `
def raises(context):
    raise RuntimeError("the callback is broken")

@task(on_failure_callback=[raises, ALL["on_failure_callback"]])
def one():
    raise ValueError("no")

one()`,
  );
  expect(seen.states).toEqual({ one: 'failed' });
  expect(seen.logs.one).toContain('the callback is broken');
  expect(written('broken')).toEqual([
    "one try 1: failure, ValueError('no'), team",
  ]);
});

it('none is called when the process of the task is killed', async () => {
  const { states } = await run(
    'killed',
    `
@task
def killed():
    os.kill(os.getpid(), signal.SIGKILL)

killed()`,
  );
  expect(states).toEqual({ killed: 'failed' });
  expect(written('killed')).toEqual([]);
});

it('none is called when the task is cancelled', async () => {
  const abort = new AbortController();
  const { states } = await runner.run(
    dag(
      'cancelled',
      `
@task
def waits():
    print("it waits", flush=True)
    time.sleep(600)

waits()`,
    ),
    {
      variables: { who: 'team' },
      signal: abort.signal,
      onLog: ({ bytes }) => {
        if (bytes.includes('it waits')) abort.abort();
      },
    },
  );
  expect(states).toEqual({ waits: 'failed' });
  expect(written('cancelled')).toEqual([]);
});
