import { airflowLogLine } from './airflowLog';

const shown = (line: object | string) =>
  airflowLogLine(
    Buffer.from(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`),
  ).toString();

describe('a line of the log of an Airflow task', () => {
  it.each([
    ['what was printed', { event: 'hi', logger: 'task.stdout' }, 'hi\n'],
    [
      'what went to standard error',
      { event: 'oh', logger: 'task.stderr', level: 'error' },
      'oh\n',
    ],
    ['an information', { event: 'done', level: 'info' }, 'done\n'],
    [
      'which function it calls',
      { event: 'Executing callback', level: 'info', callback: 'tell', ti: {} },
      'Executing callback callback="tell"\n',
    ],
    [
      'the title of a group',
      { event: '::group::Setup', level: 'info' },
      '── Setup\n',
    ],
    ['the end of a group', { event: '::endgroup::', level: 'info' }, ''],
    ['a warning', { event: 'old', level: 'warning' }, 'WARNING old\n'],
    [
      'an exception',
      {
        event: 'Task failed',
        level: 'error',
        error_detail: [
          {
            exc_type: 'ValueError',
            exc_value: 'no',
            frames: [{ filename: 'dag.py', lineno: 3, name: 'f' }],
          },
        ],
      },
      'ERROR Task failed\n  dag.py:3 in f\n  ValueError: no\n',
    ],
  ])('is %s', (_, line, expected) => {
    expect(shown(line)).toBe(expected);
  });

  it.each([
    ['text', 'plain text\n'],
    ['broken JSON', '{"event": \n'],
    ['JSON of somebody else', '{"message": "x"}\n'],
    ['an event that is no text', '{"event": 3}\n'],
    ['nothing', '\n'],
    ['bytes that are no UTF-8', '\u00ff\n'],
  ])('stays as it is when it is %s', (_, line) => {
    expect(shown(line)).toBe(line);
  });
});
