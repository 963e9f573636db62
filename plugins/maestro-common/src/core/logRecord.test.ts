import {
  frameText,
  groupMark,
  logRecordText,
  looksLikeLogRecord,
  parseLogRecord,
} from './logRecord';

/** A line as the task SDK writes it. */
const line = (rest: object) =>
  JSON.stringify({
    timestamp: '2026-11-27T13:40:01.123456Z',
    level: 'info',
    event: 'x',
    ...rest,
  });

describe('parseLogRecord', () => {
  it('reads what stands in a line', () => {
    expect(
      parseLogRecord(
        line({
          event: 'Done',
          logger: 'my.lib',
          rows: 3,
          nothing: null,
          dag_id: 'd',
          task_id: 't',
          filename: 'train.py',
          lineno: 7,
        }),
      ),
    ).toEqual({
      timestamp: '2026-11-27T13:40:01.123456Z',
      level: 'info',
      logger: 'my.lib',
      message: 'Done',
      printed: undefined,
      errors: [],
      place: { file: 'train.py', line: 7 },
      extra: { rows: 3 },
      // Said of every line, so people are told of it on demand.
      context: { dag_id: 'd', task_id: 't' },
    });
  });

  it('calls the logger of a DAG file as the file is called', () => {
    const logger = `unusual_prefix_${'0a'.repeat(20)}_sales.daily`;
    expect(parseLogRecord(line({ logger }))?.logger).toBe('sales.daily');
  });

  it.each([
    ['debug', 'debug'],
    ['WARN', 'warning'],
    ['warning', 'warning'],
    ['exception', 'error'],
    ['fatal', 'critical'],
    ['loud', 'info'],
    [30, 'info'],
    [undefined, 'info'],
  ])('takes the level %p as %s', (level, expected) => {
    expect(parseLogRecord(line({ level }))?.level).toBe(expected);
  });

  it.each([
    ['task.stdout', 'stdout'],
    ['task.stderr', 'stderr'],
    ['task.stdout.mine', undefined],
  ])('knows what was printed: %s', (logger, printed) => {
    expect(parseLogRecord(line({ logger }))?.printed).toBe(printed);
  });

  it('reads exceptions with their frames and what they are to each other', () => {
    const frames = [{ filename: '/dags/a.py', lineno: 7, name: 'fit' }];
    expect(
      parseLogRecord(
        line({
          error_detail: [
            { exc_type: 'ValueError', exc_value: 'bad', frames },
            { exc_type: 'KeyError', exc_value: "'k'", is_cause: true },
            {
              exc_type: 'ExceptionGroup',
              exc_value: 'two',
              frames: [null, 3],
              exceptions: [
                [{ exc_type: 'A', exc_value: '', exc_notes: ['note', 3] }],
                'odd',
              ],
            },
          ],
        }),
      )?.errors,
    ).toEqual([
      {
        type: 'ValueError',
        value: 'bad',
        notes: [],
        frames: [{ file: '/dags/a.py', line: 7, name: 'fit' }],
      },
      {
        type: 'KeyError',
        value: "'k'",
        notes: [],
        link: 'caused by',
        frames: [],
      },
      {
        type: 'ExceptionGroup',
        value: 'two',
        notes: [],
        link: 'while handling',
        frames: [],
      },
      {
        type: 'A',
        value: '',
        notes: ['note'],
        link: 'one of the group',
        frames: [],
      },
    ]);
  });

  it('keeps an odd error_detail as what it is', () => {
    expect(parseLogRecord(line({ error_detail: 'no list' }))).toMatchObject({
      errors: [],
      extra: { error_detail: 'no list' },
    });
  });

  it.each([
    ['text', 'plain'],
    ['nothing', ''],
    ['a cut line', line({}).slice(0, -1)],
    ['a list', `[${line({})}]`],
    ['JSON without an event', '{"timestamp":"x","level":"info"}'],
    ['an event that is no text', '{"timestamp":"x","event":3}'],
    ['an event alone, such as data that is printed', '{"event":"x"}'],
    ['words before it', `root: ${line({})}`],
  ])('takes no %s for a record', (_, other) => {
    expect(parseLogRecord(other)).toBeUndefined();
  });

  it('does not parse a large line that is no record', () => {
    const huge = `{"${'x'.repeat(5_000_000)}":1}`;
    const parse = jest.spyOn(JSON, 'parse');
    expect(looksLikeLogRecord(huge)).toBe(false);
    expect(parseLogRecord(huge)).toBeUndefined();
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
  });
});

describe('logRecordText', () => {
  it.each([
    ['an information', { event: 'done' }, 'done'],
    ['a warning', { event: 'old', level: 'warning' }, 'WARNING old'],
    [
      'what went to standard error',
      { event: 'oh', logger: 'task.stderr', level: 'error' },
      'oh',
    ],
    ['further fields', { event: 'done', n: 3, s: 'a b' }, 'done n=3 s="a b"'],
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
          { exc_type: 'KeyError', exc_value: 'k', is_cause: true },
        ],
      },
      'ERROR Task failed\n  dag.py:3 in f\n  ValueError: no\n  caused by:\n  KeyError: k',
    ],
  ])('says %s', (_, said, expected) => {
    const record = parseLogRecord(line(said))!;
    expect(logRecordText(record, { extra: true })).toBe(expected);
  });

  it('puts a time before it', () => {
    const record = parseLogRecord(line({ level: 'error', n: 1 }))!;
    expect(logRecordText(record, { time: '13:40:01' })).toBe(
      '13:40:01 ERROR x',
    );
  });
});

describe('groupMark', () => {
  it.each([
    ['::group::Pre Execute', 'Pre Execute'],
    ['::group::', ''],
    ['::endgroup::', null],
    ['::endgroup:: ', null],
    ['a ::group:: within', undefined],
    ['', undefined],
  ])('%j is %p', (message, mark) => {
    expect(groupMark(message)).toBe(mark);
  });
});

describe('frameText', () => {
  it.each([
    ['/dags/train.py', '/dags/train.py:3 in fit'],
    [
      '/opt/venv/lib/python3.11/site-packages/airflow/sdk/bases/operator.py',
      'airflow/sdk/bases/operator.py:3 in fit',
    ],
    [
      `/srv/data/airflow-tasks/sources/${'4d'.repeat(32)}/ml/train.py`,
      'ml/train.py:3 in fit',
    ],
    ['/home/sources/train.py', '/home/sources/train.py:3 in fit'],
    ['', ':3 in fit'],
  ])('%s is told from what it is known by', (file, text) => {
    expect(frameText({ file, line: 3, name: 'fit' })).toBe(text);
  });
});
