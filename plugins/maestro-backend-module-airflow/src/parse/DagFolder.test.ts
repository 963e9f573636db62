import type { DescribedDag } from '../compile/serialized';
import { DagFolder } from './DagFolder';
import type { ParseProcess } from './ParseProcess';

const good: DescribedDag = {
  dag: {
    dag_id: 'good',
    relative_fileloc: 'good.py',
    timetable: {
      __type: 'airflow.timetables.simple.NullTimetable',
      __var: {},
    },
    task_group: { _group_id: null, children: { a: ['operator', 'a'] } },
    tasks: [
      {
        __type: 'operator',
        __var: {
          task_id: 'a',
          task_type: 'EmptyOperator',
        },
      },
    ],
  },
  owner: 'x',
  pausedUponCreation: false,
  line: 1,
  tasks: {},
};

const answer = (change: object = {}) => ({
  dags: [],
  errors: [],
  notes: [],
  reads: { files: [], folders: [], templates: {} },
  ...change,
});

const odd = (change: object) => ({
  dags: [{ ...good, dag: { ...good.dag, ...change } }],
});

/** Reads a folder of two files, of which one says `said`. */
function read(said: unknown) {
  const process = {
    scan: async () => ({
      files: {
        'bad.py': { hash: '1', dag: true },
        'good.py': { hash: '2', dag: true },
      },
      problems: [],
    }),
    parse: async (_folder: string, file: string) =>
      file === 'bad.py' ? said : answer({ dags: [good] }),
  };
  return new DagFolder({
    folder: '/dags',
    process: process as unknown as ParseProcess,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: () => 'group:default/x',
    },
  }).read();
}

it.each<[string, unknown, string]>([
  ['nothing', null, 'it is no object'],
  ['a number for its DAGs', answer({ dags: 5 }), '"dags" is no list'],
  ['a list of nothing', answer({ dags: [null] }), 'a DAG has no "dag_id"'],
  [
    'a DAG with a number as id',
    answer(odd({ dag_id: 7 })),
    'a DAG has no "dag_id"',
  ],
  [
    'a DAG of no file',
    answer(odd({ relative_fileloc: null })),
    'a DAG has no "relative_fileloc"',
  ],
  ['a DAG of another form', answer(odd({ tasks: 'all' })), 'tasks'],
  ['a DAG without a timetable', answer(odd({ timetable: null })), 'null'],
  [
    'a DAG that no database can name',
    answer(odd({ dag_id: 'a\0b' })),
    'a DAG has a "dag_id" that is no text',
  ],
  [
    'half a character',
    answer(odd({ dag_display_name: 'a\ud800' })),
    'a DAG has a "dag_display_name" that is no text',
  ],
  [
    'an error in no file',
    answer({ errors: [{ file: '\0', message: 'x' }] }),
    'an error has a "file" that is no text',
  ],
  [
    'an error of a DAG with an endless name',
    answer({
      errors: [{ file: 'a', message: 'x', dagId: 'x'.repeat(5_000) }],
    }),
    'an error has a "dagId" of more than 4096 characters',
  ],
  ['errors that are none', answer({ errors: [5] }), 'an error has no "file"'],
  ['a note that is none', answer({ notes: [{}] }), 'a note has no "message"'],
  [
    'no reads',
    answer({ reads: null }),
    '"reads" names no files, folders and templates',
  ],
  [
    'templates that are no endings',
    answer({ reads: { files: [], folders: [], templates: { '': [1] } } }),
    '"reads" names no files, folders and templates',
  ],
  [
    'reads of numbers',
    answer({ reads: { files: [1], folders: [], templates: {} } }),
    '"reads" names no files, folders and templates',
  ],
  ['an end that is no text', answer({ killed: 5 }), '"killed" is no text'],
])('a file that says %s hurts only itself', async (_what, said, why) => {
  const { pipelines, problems } = await read(said);
  expect(pipelines.map(({ dagId }) => dagId)).toEqual(['good']);
  expect(problems).toEqual([
    {
      file: 'bad.py',
      message: expect.stringContaining(
        'what it says of itself cannot be used: ',
      ),
    },
  ]);
  expect(problems[0].message).toContain(why);
});

/** A clock that a test moves, which all of a reading goes by. */
function standingClock(): { pass(ms: number): void } {
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return {
    pass: ms => {
      now += ms;
    },
  };
}
afterEach(() => jest.restoreAllMocks());

it('leaves what had to be ended to the end of each look', async () => {
  standingClock();
  const parsed: string[] = [];
  let version = 1;
  const process = {
    scan: async () => ({
      files: {
        'a_slow.py': { hash: `${version}`, dag: true },
        'b.py': { hash: `${version}`, dag: true },
        'c.py': { hash: `${version}`, dag: true },
      },
      problems: [],
    }),
    parse: async (_folder: string, file: string) => {
      parsed.push(file);
      return file === 'a_slow.py'
        ? answer({ killed: 'it took too long' })
        : answer();
    },
  };
  const folder = new DagFolder({
    folder: '/dags',
    process: process as unknown as ParseProcess,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: () => 'group:default/x',
    },
  });
  await folder.read();
  version = 2;
  // Also when it was left out of the look before.
  for (const done of [1, 2]) {
    expect((await folder.read({ budgetMs: 0 })).unfinished).toEqual({
      done,
      total: 3,
    });
  }
  version = 3;
  await folder.read();
  expect(parsed).toEqual([
    ...['a_slow.py', 'b.py', 'c.py'],
    ...['b.py', 'c.py'],
    ...['b.py', 'c.py', 'a_slow.py'],
  ]);
});

it('reads each file in its turn, whatever changes meanwhile', async () => {
  const clock = standingClock();
  const parsed: string[] = [];
  const hashes = { 'a.py': 1, 'b.py': 1, 'c.py': 1, 'd.py': 1 };
  const process = {
    scan: async () => ({
      files: Object.fromEntries(
        Object.entries(hashes).map(([file, hash]) => [
          file,
          { hash: `${hash}`, dag: true },
        ]),
      ),
      problems: [],
    }),
    parse: async (_folder: string, file: string) => {
      parsed.push(file);
      return file === 'a.py' ? answer({ killed: 'too long' }) : answer();
    },
  };
  const folder = new DagFolder({
    folder: '/dags',
    process: process as unknown as ParseProcess,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: () => 'group:default/x',
    },
  });
  await folder.read();
  parsed.splice(0);
  hashes['a.py'] += 1;
  hashes['d.py'] += 1;
  const look = async () => {
    hashes['b.py'] += 1;
    hashes['c.py'] += 1;
    clock.pass(1);
    await folder.read({ budgetMs: 0 });
  };
  // One for each look: there is no more time.
  for (let i = 0; i < 3; i++) await look();
  expect(parsed).toEqual(['b.py', 'c.py', 'd.py']);
  // What had to be ended comes last, and comes.
  clock.pass(6_000);
  await look();
  expect(parsed.slice(3)).toEqual(['a.py']);
});

describe('a file that takes its time', () => {
  const limits = { seconds: 30, memoryBytes: 1, processes: 1 };

  const describedAs = (file: string): DescribedDag => ({
    ...good,
    dag: {
      ...good.dag,
      dag_id: file.replace('.py', ''),
      relative_fileloc: file,
    },
  });
  /** A folder of two files, of which one is slow until it is said to be over. */
  function slowFolder() {
    const files: Record<string, { hash: string; dag: true }> = {
      'slow.py': { hash: '1', dag: true },
      'good.py': { hash: '1', dag: true },
    };
    const calls: string[] = [];
    let over: (said: unknown) => void = () => {};
    const folder = new DagFolder({
      folder: '/dags',
      process: {
        limits,
        scan: async () => ({ files: { ...files }, problems: [] }),
        parse: async (_: string, file: string, seconds: number) => {
          calls.push(`${file} in ${seconds}`);
          return file === 'slow.py' && files[file].hash !== 'mended'
            ? answer({ killed: 'too long', late: true })
            : answer({ dags: [describedAs(file)] });
        },
        parseBeside: (_: string, file: string) => {
          calls.push(`${file} beside`);
          return new Promise(resolve => (over = resolve));
        },
      } as unknown as ParseProcess,
      compile: {
        source: 's',
        environment: 'default',
        ownerOf: () => 'group:default/x',
      },
    });
    const look = async (budgetMs = 3_000) => {
      calls.length = 0;
      const { pipelines, problems, unfinished } = await folder.read({
        budgetMs,
      });
      return {
        calls: [...calls],
        dags: pipelines.map(({ dagId }) => dagId),
        problems: problems.map(({ message }) => message),
        left: (unfinished?.total ?? 0) - (unfinished?.done ?? 0),
      };
    };
    const end = async (said: unknown) => {
      over(said);
      await new Promise(done => setImmediate(done));
    };
    return { look, end, files };
  }

  const nothing = { calls: [], problems: [], left: 0 };

  it('is read beside the others, which do not wait for it', async () => {
    const { look, end, files } = slowFolder();
    expect(await look()).toEqual({
      ...nothing,
      calls: ['good.py in 5', 'slow.py in 5', 'slow.py beside'],
      dags: ['good'],
      left: 1,
    });
    files['good.py'].hash = '2';
    expect(await look()).toEqual({
      ...nothing,
      calls: ['good.py in 5'],
      dags: ['good'],
      left: 1,
    });
    // Nothing else is to do: it waits a while, and not in a circle.
    const begin = performance.now();
    expect(await look()).toEqual({ ...nothing, dags: ['good'], left: 1 });
    expect(performance.now() - begin).toBeGreaterThan(900);
    await end(answer({ dags: [describedAs('slow.py')] }));
    expect(await look()).toEqual({ ...nothing, dags: ['good', 'slow'] });
    expect(await look()).toEqual({ ...nothing, dags: ['good', 'slow'] });
  });

  it('is read anew when it has changed meanwhile, in its turn when it is mended', async () => {
    const { look, end, files } = slowFolder();
    await look();
    files['slow.py'].hash = '2';
    await end(answer({ dags: [describedAs('slow.py')] }));
    expect(await look()).toMatchObject({
      calls: ['slow.py in 5', 'slow.py beside'],
      dags: ['good'],
      left: 1,
    });
    await end(answer({ killed: 'it took longer than 30 s', late: true }));
    expect(await look()).toMatchObject({
      calls: [],
      problems: ['it took longer than 30 s'],
      left: 0,
    });
    files['slow.py'].hash = 'mended';
    expect(await look()).toMatchObject({
      calls: ['slow.py in 5'],
      dags: ['good', 'slow'],
      problems: [],
    });
  });

  it('is told when it is read, whatever else there is to do', async () => {
    const { look, end, files } = slowFolder();
    await look();
    await end(answer({ dags: [describedAs('slow.py')] }));
    files['good.py'].hash = '2';
    expect(await look(0)).toMatchObject({ dags: ['slow'], left: 1 });
    expect(await look(0)).toMatchObject({ dags: ['good', 'slow'], left: 0 });
  });

  it('is told when it is read, whatever has changed beside what it is made of', async () => {
    const { look, end, files } = slowFolder();
    await look();
    files['good.py'].hash = '2';
    const error = { file: 'slow.py', message: 'no module named x', line: 1 };
    await end(answer({ errors: [error] }));
    expect(await look()).toMatchObject({
      problems: ['no module named x'],
      left: 0,
    });
    // The change may have mended it.
    expect(await look()).toEqual({
      ...nothing,
      calls: ['slow.py beside'],
      dags: ['good'],
      left: 1,
    });
    await end(answer({ dags: [describedAs('slow.py')] }));
    expect(await look()).toEqual({ ...nothing, dags: ['good', 'slow'] });
  });

  it('is tried again after five minutes beside the others at once', async () => {
    const { look, end } = slowFolder();
    await look();
    await end(answer({ killed: 'it took longer than 30 s', late: true }));
    await look();
    const now = jest.spyOn(performance, 'now');
    const later = performance.now() + 301_000;
    now.mockReturnValue(later);
    try {
      expect(await look()).toMatchObject({
        calls: ['slow.py beside'],
        left: 1,
      });
    } finally {
      now.mockRestore();
    }
  });

  it('is forgotten when it is removed while it is read', async () => {
    const { look, end, files } = slowFolder();
    await look();
    delete files['slow.py'];
    await end(answer({ dags: [describedAs('slow.py')] }));
    expect(await look()).toEqual({ ...nothing, dags: ['good'] });
  });
});
