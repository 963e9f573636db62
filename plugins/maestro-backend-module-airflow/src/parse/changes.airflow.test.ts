/*
 * Which files of a folder are run again, and when: with the real process and the
 * real Airflow.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dag, dagFolders } from './__testUtils__/dagFolders';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const LIMITS = { seconds: 15, memoryBytes: 256 * 1024 * 1024, processes: 16 };

const tests = dagFolders(LIMITS);
const { reader, write } = tests;

it('runs only what changed: files, what they import, what they read and list', async () => {
  write({
    'a.py': dag('a', 'from lib import shared\nassert shared'),
    'b.py': dag('b', 'import os\nopen(os.path.dirname(__file__) + "/b.yaml")'),
    'c.py': dag(
      'c',
      'import os\nos.listdir(os.path.dirname(__file__) + "/conf")',
    ),
    'd.py': dag('d'),
    'lib/__init__.py': '',
    'lib/shared.py': 'x = 1\n',
    'b.yaml': 'x: 1\n',
    'conf/one.yaml': '',
  });
  const dags = reader();
  const parsed = async () => (await dags.read()).parsed;
  expect(await parsed()).toBe(4);
  expect(await parsed()).toBe(0);
  write({ 'd.py': dag('d2') });
  expect(await parsed()).toBe(1);
  write({ 'lib/shared.py': 'x = 2\n' });
  expect(await parsed()).toBe(1);
  write({ 'b.yaml': 'x: 2\n' });
  expect(await parsed()).toBe(1);
  write({ 'conf/two.yaml': '' });
  expect(await parsed()).toBe(1);
  write({ 'notes.txt': 'nobody reads it' });
  expect(await parsed()).toBe(0);
  const { pipelines } = await dags.read();
  expect(pipelines.map(({ dagId, files }) => [dagId, files])).toEqual([
    ['a', ['a.py', 'lib/__init__.py', 'lib/shared.py']],
    ['b', ['b.py', 'b.yaml']],
    ['c', ['c.py']],
    ['d2', ['d.py']],
  ]);
  // The team's folder stays as it is.
  expect(readdirSync(join(tests.folder, 'lib')).sort()).toEqual([
    '__init__.py',
    'shared.py',
  ]);
});

it('runs of fifty files what changed and what imports it, and nothing when nothing did', async () => {
  const id = (no: number) => `d${String(no).padStart(2, '0')}`;
  const files: Record<string, string> = {
    'lib/__init__.py': '',
    'lib/tables.py': 'from lib.names import NAME\n',
    'lib/names.py': 'NAME = "x"\n',
  };
  for (let no = 0; no < 50; no++) {
    files[`team_${no % 5}/${id(no)}.py`] = dag(
      id(no),
      no % 10 === 0 ? 'from lib.tables import NAME' : '',
    );
  }
  write(files);
  const source = tests.source();
  const parse = jest.spyOn(tests.process, 'parse');
  /** Files that were run for it, and pipelines that are others than before. */
  let before = new Map<string, string>();
  const look = async () => {
    parse.mockClear();
    const { signal } = new AbortController();
    let reading = await source.read(signal);
    while (reading.unfinished) reading = await source.read(signal);
    expect(reading.problems).toEqual([]);
    const now = new Map(
      reading.pipelines.map(p => [p.definition.name, p.signature] as const),
    );
    const changed = [...now].filter(([k, v]) => before.get(k) !== v);
    before = now;
    return {
      run: parse.mock.calls.map(([, file]) => file).sort(),
      changed: changed.map(([name]) => name),
      there: now.size,
    };
  };
  try {
    const first = await look();
    expect([first.run.length, first.changed.length]).toEqual([50, 50]);
    expect(await look()).toEqual({ run: [], changed: [], there: 50 });
    // Saved again as it is, as a checkout does.
    write(files);
    expect(await look()).toEqual({ run: [], changed: [], there: 50 });
    write({ 'team_3/d23.py': dag('d23', 'x = 2') });
    expect(await look()).toEqual({
      run: ['team_3/d23.py'],
      changed: ['d23'],
      there: 50,
    });
    // What those import imports.
    const users = ['d00', 'd10', 'd20', 'd30', 'd40'];
    write({ 'lib/names.py': 'NAME = "y"\n' });
    expect(await look()).toEqual({
      run: users.map(name => `team_0/${name}.py`),
      changed: users,
      there: 50,
    });
    rmSync(join(tests.folder, 'team_1/d01.py'));
    expect(await look()).toEqual({ run: [], changed: [], there: 49 });
    write({ 'team_1/d01.py': files['team_1/d01.py'] });
    expect((await look()).run).toEqual(['team_1/d01.py']);
  } finally {
    parse.mockRestore();
  }
});

it('tells the files of a large folder in parts', async () => {
  write({ 'a.py': dag('a'), 'b.py': dag('b'), 'c.py': dag('c') });
  const dags = reader();
  const parts: [string[], unknown][] = [];
  for (let last = false; !last; ) {
    const part = await dags.read({ budgetMs: 0 });
    parts.push([part.pipelines.map(({ dagId }) => dagId), part.unfinished]);
    last = part.unfinished === undefined;
  }
  expect(parts).toEqual([
    [['a'], { done: 1, total: 3 }],
    [['a', 'b'], { done: 2, total: 3 }],
    [['a', 'b', 'c'], undefined],
  ]);
  // A changed file that is not read yet is not told as it was.
  write({ 'a.py': dag('a2'), 'b.py': dag('b2') });
  expect(
    (await dags.read({ budgetMs: 0 })).pipelines.map(({ dagId }) => dagId),
  ).toEqual(['a2', 'c']);
  const { parsed, pipelines } = await dags.read();
  expect([parsed, pipelines.map(({ dagId }) => dagId)]).toEqual([
    1,
    ['a2', 'b2', 'c'],
  ]);
});

it('imports of Airflow for a file only what no other has wanted before', async () => {
  write({
    'a.py': dag(
      'a',
      'from airflow.sdk import task, TaskGroup\nfrom airflow.providers.standard.operators.bash import BashOperator',
      '    BashOperator(task_id="b", bash_command="{{ ds }}")',
    ),
  });
  // It was 250 modules, four fifths of the time that a file took.
  const { dags, imported } = await tests.process.parse(tests.folder, 'a.py');
  expect(dags).toHaveLength(1);
  expect(imported).toEqual([]);
});

it('tells a change while another file loops for ever', async () => {
  write({
    'good.py': dag('good'),
    'loops.py': `${dag('loops')}\nwhile True: pass\n`,
  });
  const dags = reader();
  const look = async () => {
    const { pipelines, problems, unfinished } = await dags.read({
      budgetMs: 3_000,
    });
    return { ids: pipelines.map(({ dagId }) => dagId), problems, unfinished };
  };
  const waits = { problems: [], unfinished: { done: 1, total: 2 } };
  expect(await look()).toEqual({ ids: ['good'], ...waits });
  write({ 'good.py': dag('good2') });
  expect(await look()).toEqual({ ids: ['good2'], ...waits });
  let seen = await look();
  while (seen.unfinished) seen = await look();
  expect(seen).toEqual({
    ids: ['good2'],
    problems: [
      {
        file: 'loops.py',
        message: `reading it took longer than ${LIMITS.seconds} s`,
      },
    ],
  });
  const readers = execFileSync('pgrep', [
    ...['-P', String(process.pid)],
    ...['-f', 'maestro_airflow.parse'],
  ]);
  expect(readers.toString().trim().split('\n')).toHaveLength(1);
});
