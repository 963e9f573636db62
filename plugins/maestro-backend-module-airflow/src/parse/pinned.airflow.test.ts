/*
 * Which files of a folder belong to a DAG, and so to its version: with the real
 * process and the real Airflow.
 */
import { dag, dagFolders } from './__testUtils__/dagFolders';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const tests = dagFolders();
const { reader, write } = tests;

it('pins what only a task imports, and what that imports', async () => {
  write({
    'team/a.py': dag(
      'a',
      `
def work():
    from lib import tables, missing
    import plain.deep.module as m
    try:
        import json, only_if.there
    except ImportError:
        from ..nowhere import x
`,
    ),
    'lib/__init__.py': '',
    'lib/tables.py':
      'def f():\n    from . import names\n    from .more.far import x\n',
    'lib/names.py': 'from . import tables\n',
    'lib/more/far.py': 'x = 1\n',
    'lib/unused.py': '',
    // Without an __init__.py, as Python allows it.
    'plain/deep/module.py': 'def broken(:\n',
    'only_if/there/__init__.py': '',
  });
  const dags = reader();
  const { pipelines, problems } = await dags.read();
  expect(problems).toEqual([]);
  expect(pipelines.map(({ files }) => files)).toEqual([
    [
      'team/a.py',
      'lib/__init__.py',
      'lib/more/far.py',
      'lib/names.py',
      'lib/tables.py',
      'only_if/there/__init__.py',
      'plain/deep/module.py',
    ],
  ]);
  // Another content is another version.
  write({ 'lib/more/far.py': 'x = 2\n' });
  expect((await dags.read()).parsed).toBe(1);
  write({ 'lib/unused.py': 'y = 1\n' });
  expect((await dags.read()).parsed).toBe(0);
});

it('reads a file again when what it could not import is there', async () => {
  write({ 'a.py': dag('a', 'import missing_thing') });
  const dags = reader();
  expect((await dags.read()).problems).toEqual([
    expect.objectContaining({
      file: 'a.py',
      line: 4,
      message: "ModuleNotFoundError: No module named 'missing_thing'",
    }),
  ]);
  expect((await dags.read()).parsed).toBe(0);
  write({ 'missing_thing.py': '' });
  expect((await dags.read()).problems).toEqual([]);
});

it('pins the templates that tasks may render, and no other file', async () => {
  const source = tests.source();
  const pinned = async () => {
    const { pipelines, problems } = await source.read(
      new AbortController().signal,
    );
    expect(problems).toEqual([]);
    return new Map(
      await Promise.all(
        pipelines.map(
          async ({ definition, signature, files }) =>
            [
              definition.name,
              {
                signature,
                files: (await files())!.map(({ path }) => path).sort(),
              },
            ] as const,
        ),
      ),
    );
  };
  write({
    'team/shell.py': `
import os
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

SHARED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shared")
with DAG("shell", template_searchpath=[SHARED, "/nowhere"]):
    BashOperator.partial(task_id="mapped", bash_command="x.sh").expand(
        env=[{"A": "1"}, {"A": "2"}]
    )
    BashOperator(task_id="includes", bash_command="{% include 'lib/head.j2' %} true")
`,
    'plain.py': dag('plain'),
    'team/x.sh': 'echo {{ ds }}',
    'team/lib/y.sh': 'echo y',
    'team/data.csv': 'a,b',
    'shared/lib/head.j2': 'echo head;',
    'shared/notes.md': 'nobody renders it',
    'other/z.sh': 'echo another',
  });
  const first = await pinned();
  expect(first.get('shell')!.files).toEqual([
    'shared/lib/head.j2',
    'team/lib/y.sh',
    'team/shell.py',
    'team/x.sh',
  ]);
  expect(first.get('plain')!.files).toEqual(['plain.py']);
  // What they say is what makes a version.
  write({ 'shared/lib/head.j2': 'echo changed;', 'team/data.csv': 'c' });
  const second = await pinned();
  expect(second.get('shell')!.signature).not.toBe(
    first.get('shell')!.signature,
  );
  expect(second.get('plain')).toEqual(first.get('plain'));
  write({ 'team/data.csv': 'd', 'other/z.sh': 'echo still another' });
  expect(await pinned()).toEqual(second);
  write({ 'team/lib/new.sh': 'echo new' });
  expect((await pinned()).get('shell')!.files).toContain('team/lib/new.sh');
});
