import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { LogPage } from '@maestro/plugin-maestro-common';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { LogViewer } from './LogViewer';

const record = (event: string, rest: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-27T13:40:01.123456Z',
    level: 'info',
    event,
    ...rest,
  });

function show(
  lines: string[],
  { live = false, records = true }: { live?: boolean; records?: boolean } = {},
) {
  const text = lines.map(line => `${line}\n`).join('');
  const size = new TextEncoder().encode(text).length;
  const readLog = jest.fn(
    async (): Promise<LogPage> => ({
      text,
      offset: 0,
      nextOffset: size,
      size,
      end: !live,
    }),
  );
  renderPage(
    <LogViewer
      attemptId="a"
      live={false}
      fromEnd={false}
      records={records}
      fileName="a.log"
    />,
    { api: apiOf({ readLog }) },
  );
}

const LOG = [
  record('::group::Pre Execute', { logger: 'task' }),
  record('Secrets backends loaded', { logger: 'airflow.secrets', count: 2 }),
  record('::endgroup::', { logger: 'task' }),
  record('hello from the task', { logger: 'task.stdout' }),
  'a line of somebody else',
  record('Task failed with exception', {
    level: 'error',
    logger: 'airflow.task',
    error_detail: [
      {
        exc_type: 'ValueError',
        exc_value: 'bad data',
        frames: [{ filename: '/dags/train.py', lineno: 18, name: 'fit' }],
      },
    ],
  }),
];

it('is as it was written of a task of another pipeline', async () => {
  show(LOG, { records: false });
  expect(await screen.findByText(LOG[3])).toBeInTheDocument();
  expect(screen.getByText(LOG[0])).toBeInTheDocument();
  expect(screen.queryByText('hello from the task')).toBeNull();
  expect(screen.queryByRole('checkbox', { name: 'raw' })).toBeNull();
});

describe('the log of a task of Airflow', () => {
  it('is read as time, level and message, exceptions with their frames', async () => {
    show(LOG);
    expect(await screen.findByText('hello from the task')).toBeInTheDocument();
    expect(
      screen.getAllByTitle('2026-11-27T13:40:01.123456Z')[0],
    ).toHaveTextContent(/^\d\d:40:01\.123$/);
    expect(screen.getByText('stdout')).toBeInTheDocument();
    expect(screen.getByText('ERROR')).toBeInTheDocument();
    expect(screen.getByText('ValueError: bad data')).toBeInTheDocument();
    expect(screen.getByText('/dags/train.py:18 in fit')).toBeInTheDocument();
    expect(screen.getByText('a line of somebody else')).toBeInTheDocument();
    expect(screen.queryByText(/"event"/)).not.toBeInTheDocument();
  });

  it('folds groups and further fields, until somebody opens them', async () => {
    show(LOG);
    const group = await screen.findByRole('button', { name: /Pre Execute/ });
    expect(group).toHaveAttribute('aria-expanded', 'false');
    expect(screen.getByText('1 line')).toBeInTheDocument();
    expect(screen.queryByText('Secrets backends loaded')).toBeNull();
    await userEvent.click(group);
    expect(screen.getByText('Secrets backends loaded')).toBeInTheDocument();
    await userEvent.click(
      screen.getByRole('button', { name: 'Further fields of the line: count' }),
    );
    expect(screen.getByText('airflow.secrets')).toBeInTheDocument();
    await userEvent.click(group);
    expect(screen.queryByText('Secrets backends loaded')).toBeNull();
  });

  it('opens the group that a search finds something in', async () => {
    show(LOG);
    await screen.findByText('hello from the task');
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Search the log' }),
      'backends{Enter}',
    );
    expect(await screen.findByText('backends')).toBeInTheDocument();
    expect(screen.getByRole('status')).toHaveTextContent('1 of 1');
    expect(screen.getByRole('button', { name: /Pre Execute/ })).toHaveAttribute(
      'aria-expanded',
      'true',
    );
  });

  it('is raw by a switch', async () => {
    show(LOG);
    await screen.findByText('hello from the task');
    await userEvent.click(screen.getByRole('checkbox', { name: 'raw' }));
    const log = screen.getByRole('log');
    expect(within(log).getByText(LOG[1])).toBeInTheDocument();
    expect(within(log).getByText(LOG[2])).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Pre Execute/ })).toBeNull();
  });

  it('has no such switch where no line is a record', async () => {
    show(['plain', '{"data": 1}']);
    expect(await screen.findByText('{"data": 1}')).toBeInTheDocument();
    expect(screen.queryByRole('checkbox', { name: 'raw' })).toBeNull();
  });

  it('shows what a task writes as text, whatever it is', async () => {
    show([
      record('<img src=x> \u001b[31mred\u001b[0m', {
        level: 'warning',
        html: '<b>x</b>',
      }),
    ]);
    expect(await screen.findByText('red')).toBeInTheDocument();
    expect(screen.getByText(/<img src=x>/)).toBeInTheDocument();
  });
});
