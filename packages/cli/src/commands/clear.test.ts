import { everyCommand } from '../__testUtils__/everyCommand';
import { RUN_ID } from '../__testUtils__/fakeMaestro';
import type { RunOptions } from '../__testUtils__/runMaestro';

const { fake, lastBody, maestro: runArgs } = everyCommand();
const maestro = (line: string, options?: RunOptions) =>
  runArgs(line.split(' '), options);
const bodies = () => fake.requests.map(({ body }) => body);

const others = [
  { runId: 'run-2', logicalDate: new Date(2026, 10, 2).getTime(), tasks: 3 },
  { runId: 'run-3', tasks: 0, reason: 'It is being cancelled' },
];

beforeEach(() => {
  fake.routes[`POST /runs/${RUN_ID}/clear`] = (_query, body) => ({
    json: {
      dryRun: Boolean(body.dryRun),
      tasks: [{ taskId: 'fit', mapIndex: -1, state: 'failed' }],
      ...(body.future ? { others } : {}),
    },
  });
});

describe('runs clear', () => {
  it('with --future names the other runs, and asks with the exact effect', async () => {
    const { stderr, code } = await maestro(
      `runs clear ${RUN_ID} --task fit --future`,
      { tty: true, stdin: 'y\n' },
    );
    expect(code).toBe(0);
    expect(stderr).toContain('Clears 4 task instances in 2 runs. Clear?');
    expect(stderr.replace(/ +/g, ' ')).toContain('run-2 2026-11-02 00:00:00 3');
    expect(stderr).toContain('It is being cancelled');
    expect(bodies()).toEqual([
      expect.objectContaining({ future: true, dryRun: true }),
      {
        taskIds: ['fit'],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        future: true,
      },
    ]);
  });

  it('is not asked for in other runs unless said so', async () => {
    await maestro(`runs clear ${RUN_ID} --past --yes`);
    await maestro(`runs clear ${RUN_ID} --yes`);
    expect(bodies().map(({ past, future }) => [past, future])).toEqual([
      [true, undefined],
      [undefined, undefined],
    ]);
  });

  it('clears a group, and ends the clean-up of a cancelled run when told to', async () => {
    await maestro(
      `runs clear ${RUN_ID} --group model --group features --dry-run`,
    );
    expect(fake.requests.at(-1)!.body).toMatchObject({
      groupIds: ['model', 'features'],
      dryRun: true,
    });
    await maestro(`runs cancel ${RUN_ID}`);
    expect(fake.requests.at(-1)!.route).toBe(`POST /runs/${RUN_ID}/cancel`);
    await maestro(`runs cancel ${RUN_ID} --force`);
    expect(fake.requests.at(-1)!.query).toBe('force=true');
  });

  it('is sent only after a clear yes', async () => {
    const no = await maestro(`runs clear ${RUN_ID}`, {
      tty: true,
      stdin: 'n\n',
    });
    expect(no.code).toBe(1);
    expect(no.stderr).toContain('This task runs again');
    expect(lastBody()).toMatchObject({ dryRun: true });
    await maestro(`runs clear ${RUN_ID} --task fit --no-downstream`, {
      tty: true,
      stdin: 'y\n',
    });
    expect(lastBody()).toEqual({
      taskIds: ['fit'],
      downstream: false,
      upstream: false,
      onlyFailed: false,
    });
  });
});

describe('runs rerun', () => {
  it('--failed runs what failed and all below it again', async () => {
    const { stdout, code } = await maestro(
      `runs rerun ${RUN_ID} --failed --yes`,
    );
    expect(code).toBe(0);
    expect(stdout).toContain('fit');
    expect(bodies()).toEqual([{ fromFailed: true }]);
  });

  it('without it runs all again, and asks before', async () => {
    const no = await maestro(`runs rerun ${RUN_ID}`, {
      tty: true,
      stdin: 'n\n',
    });
    expect(no.code).toBe(1);
    expect(bodies()).toEqual([{ dryRun: true }]);
    const script = await maestro(`runs rerun ${RUN_ID}`);
    expect(script.code).toBe(2);
  });
});
