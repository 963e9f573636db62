import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type {
  AirflowTaskDefinition,
  Attempt,
  AttemptDeferral,
  RunDetail,
} from '@maestro/plugin-maestro-common';
import {
  attemptOf,
  definitionOf,
  NOW,
  runOf,
  taskOf,
} from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { operatorLinks } from './AirflowTask';
import { RunPage } from './RunPage';

/** The run as it is when `load` is a pod that Maestro starts itself. */
function podRun(more: Partial<AirflowTaskDefinition> = {}): RunDetail {
  const run = dagRun();
  const [load] = run.definition.tasks;
  load.executor = 'kubernetes';
  load.airflowPath = { path: 'native' };
  load.airflow = { operator: 'KubernetesPodOperator', ...more };
  return run;
}

/** A run of a DAG with the task `load`. */
function dagRun(): RunDetail {
  const definition = definitionOf(['load'], {
    name: 'flights',
    type: 'airflow',
    airflow: {
      dagId: 'flights',
      source: 'ml',
      file: 'flights.py',
      environment: 'default',
    },
  });
  definition.tasks[0].command = undefined;
  definition.tasks[0].executor = 'airflow';
  definition.tasks[0].airflow = {
    operator: 'BashOperator',
    docs: 'Reads the **warehouse**.',
    line: 18,
    links: { 'Job log': '_link_JobLog' },
  };
  return runOf({
    pipeline: 'flights',
    entityRef: 'pipeline:default/flights',
    state: 'success',
    versionNumber: 3,
    definition,
    tasks: [
      taskOf(0, 'load', {
        state: 'success',
        tryNumber: 1,
        attempts: 1,
        latestAttemptId: 'a1',
        executor: 'airflow',
      }),
    ],
  });
}

const output = (key: string, value: unknown, rest = {}) => ({
  taskId: 'load',
  mapIndex: -1,
  key,
  value,
  size: 12,
  createdAt: NOW,
  attemptId: 'a1',
  tryNumber: 1,
  ...rest,
});

const ended = (seq: number, rest: Partial<Attempt> = {}) =>
  attemptOf(`a${seq}`, seq, {
    tryNumber: 1,
    executor: 'airflow',
    command: [],
    result: 'success',
    failure: undefined,
    exitCode: 0,
    message: undefined,
    logState: 'none',
    ...rest,
  });

function show(panel: string, overrides: Parameters<typeof apiOf>[0] = {}) {
  const api = apiOf({
    getRun: jest.fn(async () => dagRun()),
    listAttempts: jest.fn(async () => ({
      items: [
        ended(1, {
          inputs: {
            connections: { warehouse: { type: 'postgres' } },
            rendered: {
              bash_command: 'echo 2025-01-05',
              env: { RUN: 'manual__1' },
              cwd: null,
              script: `${'x'.repeat(4096)}…`,
            },
          },
        }),
      ],
    })),
    listOutputs: jest.fn(async () => ({
      items: [
        output('return_value', { cities: ['Oslo', 'Rome'], rows: 3 }),
        output('sample', undefined, { size: 700_000 }),
        output('_link_JobLog', 'https://jobs.example/7'),
      ],
    })),
    ...overrides,
  });
  renderPage(<RunPage />, {
    api,
    path: '/maestro/runs/:runId',
    at: `/maestro/runs/run-1?task=load&panel=${panel}`,
  });
  return api;
}

const load = () => screen.findByRole('region', { name: 'Task load' });

describe('a task of Airflow', () => {
  it('has its operator, docs, a link to its line and those of the operator', async () => {
    show('log');
    const panel = await load();
    expect(await within(panel).findByText('BashOperator')).toBeInTheDocument();
    expect(within(panel).getByText('warehouse')).toBeInTheDocument();
    expect(
      within(panel).getByText('run by the task SDK in Python'),
    ).toBeInTheDocument();
    expect(
      await within(panel).findByRole('link', { name: 'Job log ↗' }),
    ).toHaveAttribute('href', 'https://jobs.example/7');
    await userEvent.click(
      within(panel).getByRole('link', { name: 'flights.py, line 18' }),
    );
    expect(currentAddress()).toBe(
      '/catalog/default/pipeline/flights/code?version=3&file=flights.py&line=18',
    );
  });

  it('shows what its templates became, and what was cut', async () => {
    show('rendered');
    const panel = await load();
    expect(
      await within(panel).findByText('echo 2025-01-05'),
    ).toBeInTheDocument();
    expect(within(panel).getByText('"manual__1"')).toBeInTheDocument();
    expect(within(panel).getByText('null')).toBeInTheDocument();
    expect(
      within(
        within(panel).getByRole('region', { name: 'Rendered script' }),
      ).getByText('only its beginning is kept'),
    ).toBeInTheDocument();
  });

  it.each([
    [
      'running',
      'Nothing yet; it renders its templates before it does its work.',
    ],
    ['ended', 'This attempt ended before its templates were rendered.'],
  ] as const)(
    'says why nothing is rendered while it is %s',
    async (state, words) => {
      show('rendered', {
        listAttempts: jest.fn(async () => ({ items: [ended(1, { state })] })),
      });
      expect(await screen.findByText(words)).toBeInTheDocument();
    },
  );

  it.each<[string, Partial<AirflowTaskDefinition>, boolean]>([
    ['nothing is rendered', {}, false],
    ['templates are rendered', { templates: { cmds: ['{{ ds }}'] } }, true],
  ])('says of a pod without Python that %s', async (_, more, isRendered) => {
    show('log', { getRun: jest.fn(async () => podRun(more)) });
    const panel = await load();
    expect(
      await within(panel).findByText('Without Python'),
    ).toBeInTheDocument();
    expect(
      within(panel).getByText('a pod that Maestro starts, without Python'),
    ).toBeInTheDocument();
    expect(within(panel).queryByText(/task SDK/)).toBeNull();
    await within(panel).findByRole('tab', { name: 'XCom' });
    expect(
      within(panel).queryAllByRole('tab', { name: 'Rendered' }),
    ).toHaveLength(isRendered ? 1 : 0);
  });

  it('says of Python in a pod with which image', async () => {
    const run = dagRun();
    Object.assign(run.definition.tasks[0], {
      image: 'team/airflow:3',
      airflowPath: { path: 'python' },
      airflowPod: { python: 'python' },
    });
    show('log', { getRun: jest.fn(async () => run) });
    const panel = await load();
    expect(
      await within(panel).findByText('Python of Airflow, in a pod'),
    ).toBeInTheDocument();
    expect(
      within(panel).getByText(
        'run by the task SDK in Python, in a pod of team/airflow:3',
      ),
    ).toBeInTheDocument();
  });

  it('says of a command without Python that Maestro starts it, and shows its fields', async () => {
    const run = dagRun();
    Object.assign(run.definition.tasks[0], {
      airflowPath: { path: 'native' },
      bash: { env: 'inherit', owner: 'ann' },
    });
    show('rendered', { getRun: jest.fn(async () => run) });
    const panel = await load();
    expect(
      await within(panel).findByText('Without Python'),
    ).toBeInTheDocument();
    expect(
      within(panel).getByText('a command that Maestro starts, without Python'),
    ).toBeInTheDocument();
    expect(
      await within(panel).findByText('echo 2025-01-05'),
    ).toBeInTheDocument();
  });

  it('shows XComs with try and size, large ones as a download', async () => {
    URL.createObjectURL = jest.fn(() => 'blob:x');
    const downloadOutput = jest.fn(async () => new Blob(['[]']));
    show('outputs', { downloadOutput });
    const panel = await load();
    expect(
      await within(panel).findByRole('tab', { name: 'XCom' }),
    ).toHaveAttribute('aria-selected', 'true');
    const value = await within(panel).findByRole('region', {
      name: 'Output return_value',
    });
    expect(within(value).getByText('"Rome"')).toBeInTheDocument();
    expect(within(value).getByText('try 1')).toBeInTheDocument();
    const sample = within(panel).getByRole('region', { name: 'Output sample' });
    expect(sample).toHaveTextContent(/Too large to show here; download it/);
    await userEvent.click(
      within(sample).getByRole('button', { name: 'Download sample' }),
    );
    expect(downloadOutput).toHaveBeenCalledWith('run-1', {
      taskId: 'load',
      mapIndex: -1,
      key: 'sample',
    });
  });

  it('keeps rendered fields out of what it was given', async () => {
    show('command');
    const panel = await load();
    expect(await within(panel).findByText(/"postgres"/)).toBeInTheDocument();
    expect(within(panel).queryByText(/bash_command/)).toBeNull();
    expect(
      within(panel).getByText(
        'None: the task SDK of Airflow runs the operator.',
      ),
    ).toBeInTheDocument();
  });

  it('shows what it keeps in its state store, and until when', async () => {
    const listTaskState = jest.fn(async () => ({
      items: [
        { key: 'cursor', value: { page: 7 }, updatedAt: NOW - 60_000 },
        {
          key: 'job',
          value: 'j-1',
          updatedAt: NOW,
          expiresAt: NOW + 3_600_000,
        },
      ],
    }));
    show('state', { listTaskState });
    const panel = await load();
    const cursor = await within(panel).findByRole('region', {
      name: 'State cursor',
    });
    expect(within(cursor).getByText('7')).toBeInTheDocument();
    expect(cursor).not.toHaveTextContent('expires');
    expect(
      within(panel).getByRole('region', { name: 'State job' }),
    ).toHaveTextContent(/expires/);
    expect(listTaskState).toHaveBeenCalledWith(
      'run-1',
      'load',
      { mapIndex: -1 },
      expect.anything(),
    );
    // Only to be read.
    expect(within(cursor).queryByRole('textbox')).toBeNull();
  });

  it.each([
    ['there is none', {}, /It keeps no state\..*task_state_store/],
    [
      'it cannot be read',
      {
        listTaskState: jest.fn(async () => {
          throw new Error('no');
        }),
      },
      /The state could not be read/,
    ],
  ])('says of its state that %s', async (_, overrides, words) => {
    show('state', overrides);
    const panel = await load();
    await within(panel).findByRole('tab', { name: 'State' });
    await waitFor(() => expect(panel).toHaveTextContent(words));
  });

  it('has no state where no Python runs that could keep it', async () => {
    show('state', { getRun: jest.fn(async () => podRun()) });
    const panel = await load();
    await within(panel).findByRole('tab', { name: 'XCom' });
    expect(within(panel).queryByRole('tab', { name: 'State' })).toBeNull();
    expect(within(panel).queryByRole('tab', { name: 'Deferrals' })).toBeNull();
  });

  it('has its deferrals: what it waited for, how long, and what it went on with', async () => {
    const deferral = (
      at: number,
      rest: Partial<AttemptDeferral>,
    ): Attempt['followUp'] => ({
      action: 'reschedule',
      deferral: { trigger: 'some.Trigger', method: 'go_on', at, ...rest },
    });
    show('deferrals', {
      listAttempts: jest.fn(async () => ({
        items: [
          ended(1, {
            followUp: deferral(NOW - 600_000, {
              endedAt: NOW - 480_000,
              end: 'event',
              detail: '{"path":"s3://raw"}',
            }),
          }),
          ended(2, {
            resumeNo: 1,
            followUp: deferral(NOW - 400_000, {
              trigger: undefined,
              endedAt: NOW - 390_000,
              end: 'answer',
              detail: 'user:default/anna',
            }),
          }),
          ended(3, {
            resumeNo: 2,
            followUp: deferral(NOW - 60_000, { timeoutAt: NOW + 60_000 }),
          }),
        ],
      })),
    });
    const table = await screen.findByRole('table', {
      name: 'Deferrals so far',
    });
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toHaveTextContent(/attempt 3, try 1/);
    expect(rows[0]).toHaveTextContent(/it waits until .* at most/);
    expect(rows[1]).toHaveTextContent(/an answer of people/);
    expect(rows[1]).toHaveTextContent(/answered by anna/);
    expect(rows[2]).toHaveTextContent(/, try 1 ?Trigger ?goes on with go_on/);
    expect(rows[2]).toHaveTextContent(/2 m 00 s/);
    expect(rows[2]).toHaveTextContent(
      'its trigger had an event{"path":"s3://raw"}',
    );
    expect(within(rows[2]).getByTitle('some.Trigger')).toBeInTheDocument();
    // What waits for a trigger does not look.
    await userEvent.click(screen.getByRole('tab', { name: 'History' }));
    expect(
      await screen.findByRole('columnheader', { name: 'part' }),
    ).toBeInTheDocument();
  });

  it('has the looks of a sensor as its history', async () => {
    const looks = [1, 2, 3].map(seq =>
      ended(seq, {
        resumeNo: seq - 1,
        followUp:
          seq < 3
            ? { action: 'reschedule', nextTryAt: NOW + seq * 60_000 }
            : undefined,
      }),
    );
    show('history', {
      listAttempts: jest.fn(async () => ({ items: looks })),
    });
    const table = await screen.findByRole('table', { name: 'Attempts so far' });
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toHaveTextContent(/^ ?3 ?1 ?3.*succeeded$/);
    expect(rows[2]).toHaveTextContent(/had not come ?next look/);
    await userEvent.click(within(rows[2]).getByRole('button'));
    expect(currentAddress()).toContain('attempt=1&panel=log');
  });
});

describe('operatorLinks', () => {
  it.each([
    ['https://jobs.example/7', true],
    ['HTTP://jobs.example', true],
    // eslint-disable-next-line no-script-url
    ['javascript:alert(1)', false],
    ['/relative', false],
    ['', false],
    [null, false],
    [{ href: 'https://x' }, false],
    [undefined, false],
  ])('%j is one: %p', (value, isLink) => {
    const links = operatorLinks(
      { 'Job log': '_link_JobLog' },
      [{ key: '_link_JobLog', value, mapIndex: -1 }],
      -1,
    );
    expect(links).toEqual(isLink ? [{ name: 'Job log', href: value }] : []);
  });

  it('takes those of its own instance', () => {
    expect(
      operatorLinks(
        { L: 'k' },
        [
          { key: 'k', value: 'https://x/0', mapIndex: 0 },
          { key: 'k', value: 'https://x/1', mapIndex: 1 },
        ],
        1,
      ),
    ).toEqual([{ name: 'L', href: 'https://x/1' }]);
  });
});
