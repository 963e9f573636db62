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

it('leaves what had to be ended to the end of each look', async () => {
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
