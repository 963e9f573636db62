import { everyCommand } from '../__testUtils__/everyCommand';
import { detail, RUN_ID } from '../__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

describe('what surprises', () => {
  it('is a failed task in a run that succeeded, and a missed deadline of a task', async () => {
    const { tasks, ...rest } = detail('success');
    fake.routes[`GET /runs/${RUN_ID}`] = {
      json: {
        ...rest,
        slaState: 'at_risk',
        tasks: [
          { ...tasks[0], state: 'failed' },
          { ...tasks[0], taskId: 'tidy', slaState: 'missed' },
        ],
      },
    };
    const { stdout } = await maestro(['runs', 'show', RUN_ID]);
    expect(stdout).toMatch(/State +success, 1 task failed: fit\n/);
    expect(stdout).toMatch(/SLA +at risk\n/);
    expect(stdout).toMatch(/^tidy .+ missed/m);
  });

  it('names who did something as people are called, and only in words', async () => {
    const { tasks, ...rest } = detail('failed');
    const json = {
      ...rest,
      stateReason: 'cancelled by service:external:maestro-cli',
      createdBy: 'user:default/anna',
      tasks: [
        {
          ...tasks[0],
          state: 'skipped',
          reason: 'the run was cancelled by maestro:run_timeout',
        },
      ],
    };
    fake.routes[`GET /runs/${RUN_ID}`] = { json };
    const { stdout } = await maestro(['runs', 'show', RUN_ID]);
    expect(stdout).toMatch(/State +failed \(cancelled by maestro-cli\)/);
    expect(stdout).toMatch(/Trigger +\w+ by anna\n/);
    expect(stdout).toContain('the run was cancelled by its timeout');
    const raw = await maestro(['-o', 'json', 'runs', 'show', RUN_ID]);
    expect(JSON.parse(raw.stdout)).toEqual(json);
  });

  it('is a run that was over before somebody cancelled it', async () => {
    fake.routes[`POST /runs/${RUN_ID}/cancel`] = { json: detail('success') };
    const { stdout } = await maestro(['runs', 'cancel', RUN_ID]);
    expect(stdout).toMatch(/ of train is over: success\.$/m);
  });
});

it('colours on a terminal, unless NO_COLOR says no', async () => {
  const env = { MAESTRO_URL: fake.url };
  const coloured = await maestro(['runs', 'list'], { env, tty: true });
  expect(coloured.stdout).toContain('\x1b[34mrunning');
  const plain = await maestro(['runs', 'list'], {
    env: { ...env, NO_COLOR: '1' },
    tty: true,
  });
  expect(plain.stdout).not.toContain('\x1b');
});
