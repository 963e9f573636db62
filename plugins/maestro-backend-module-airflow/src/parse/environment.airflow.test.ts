/*
 * A real virtual environment whose packages change while its DAG files are
 * read.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  virtualEnvironment,
  writeFile as write,
} from './__testUtils__/virtualEnvironment';
import { DagFolder } from './DagFolder';
import { ParseProcess } from './ParseProcess';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(600_000);

const PYTHON = process.env.MAESTRO_AIRFLOW_PYTHON!;

let temp: string;
let packages: string;
let python: ParseProcess;
let folder: DagFolder;

beforeAll(() => {
  temp = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-airflow-env-')));
  // A module that the process has imported when it begins.
  const own = virtualEnvironment(join(temp, 'venv'), {
    from: PYTHON,
    boot: 'import often_looked, team_boot',
  });
  packages = own.packages;
  // Each second instead of each quarter of a minute, as the suite's time is dear:
  // RenderProcess.airflow.test.ts waits as long as people do.
  write(
    join(packages, 'often_looked.py'),
    `
try:
    from maestro_airflow.environment import Environment
except ImportError:
    pass
else:
    Environment.changed.__defaults__ = (1,)
`,
  );
  write(join(packages, 'team_boot.py'), 'NAME = "boot1"\n');
  write(join(packages, 'team_lib/__init__.py'), 'NAME = "lib1"\n');
  write(
    join(temp, 'dags/a.py'),
    `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
import team_boot, team_lib
try:
    from team_more import NAME
except ImportError:
    NAME = "none"

with DAG(f"{team_boot.NAME}-{team_lib.NAME}-{NAME}"):
    EmptyOperator(task_id="a")
`,
  );
  python = new ParseProcess({
    python: own.python,
    home: join(temp, 'home'),
  });
  folder = new DagFolder({
    folder: join(temp, 'dags'),
    process: python,
    compile: {
      source: 's',
      environment: 'default',
      ownerOf: () => 'group:default/x',
    },
  });
});
afterAll(async () => {
  await python?.stop();
  rmSync(temp, { recursive: true, force: true });
});

const look = async () => {
  const { pipelines, parsed } = await folder.read();
  return { ids: pipelines.map(({ dagId }) => dagId), parsed };
};

/** Looks every half second until the DAG is this one. */
async function becomes(id: string) {
  const begin = performance.now();
  while ((await look()).ids[0] !== id) {
    // A minute, and the time that a busy machine takes to import Airflow.
    expect(performance.now() - begin).toBeLessThan(240_000);
    await new Promise(done => setTimeout(done, 500));
  }
}

it('reads files anew when a package is edited, installed or removed', async () => {
  expect(await look()).toEqual({ ids: ['boot1-lib1-none'], parsed: 1 });
  expect((await look()).parsed).toBe(0);
  // What only DAG files import.
  write(join(packages, 'team_lib/__init__.py'), 'NAME = "lib2"\n');
  await becomes('boot1-lib2-none');
  // What the process itself has imported.
  write(join(packages, 'team_boot.py'), 'NAME = "boot2"\n');
  await becomes('boot2-lib2-none');
  write(join(packages, 'team_more.py'), 'NAME = "more"\n');
  write(
    join(packages, 'team_more-1.0.dist-info/METADATA'),
    'Name: team_more\n',
  );
  await becomes('boot2-lib2-more');
  rmSync(join(packages, 'team_more.py'));
  rmSync(join(packages, 'team_more-1.0.dist-info'), { recursive: true });
  await becomes('boot2-lib2-none');
});

it('reads files anew when the settings of Airflow change, and then no more', async () => {
  await look();
  write(
    join(temp, 'home/airflow.cfg'),
    '[core]\nmax_active_tasks_per_dag = 3\n',
  );
  const begin = performance.now();
  while ((await look()).parsed === 0) {
    expect(performance.now() - begin).toBeLessThan(240_000);
    await new Promise(done => setTimeout(done, 500));
  }
  // Another process sees the same environment, also when it looks again.
  for (let i = 0; i < 3; i++) {
    await new Promise(done => setTimeout(done, 1_500));
    expect((await look()).parsed).toBe(0);
  }
});

it('keeps what it knows when the process is killed, and the environment is the same', async () => {
  await look();
  execFileSync('pkill', [
    '-KILL',
    '-P',
    String(process.pid),
    '-f',
    join(temp, 'venv'),
  ]);
  let answer: Awaited<ReturnType<typeof look>> | undefined;
  while (!answer) answer = await look().catch(() => undefined);
  expect(answer.parsed).toBe(0);
});
