import { everyCommand } from '../__testUtils__/everyCommand';
import { errorAnswer } from '../__testUtils__/fakeMaestro';

const { fake, lastBody, maestro } = everyCommand();

it('shows how full pools are', async () => {
  const { stdout } = await maestro(['pools', 'list']);
  expect(stdout).toMatch(/^POOL +SLOTS +USED +WAITING/m);
  expect(stdout).toMatch(/^gpu +2 +2 +1 /m);
});

it('sends slots and, as Airflow has it, a description behind them', async () => {
  const { stdout } = await maestro(['pools', 'set', 'gpu', '2']);
  expect(lastBody()).toEqual({ slots: 2 });
  expect(stdout).toBe('Pool gpu has 2 slots, 2 in use; 1 task waits.\n');
  await maestro(['pools', 'set', 'gpu', '0', 'two cards']);
  expect(lastBody()).toEqual({ slots: 0, description: 'two cards' });
});

it.each(['-1', '1.5', 'many', '1000001'])(
  'refuses %s slots before it asks anybody',
  async slots => {
    const result = await maestro(['pools', 'set', 'gpu', '--', slots]);
    expect(result.code).toBe(2);
    expect(fake.requests).toEqual([]);
  },
);

it('deletes what tasks name only when it is forced', async () => {
  fake.routes['DELETE /pools/gpu'] = (query: URLSearchParams) =>
    query.get('force') === 'true'
      ? { status: 204 }
      : errorAnswer(409, 'ConflictError', 'Pool "gpu" is named by "train/fit"');
  const refused = await maestro(['pools', 'delete', 'gpu']);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('named by "train/fit"');
  const done = await maestro(['pools', 'delete', 'gpu', '--force']);
  expect(done).toMatchObject({ code: 0, stdout: 'Pool gpu deleted.\n' });
});
