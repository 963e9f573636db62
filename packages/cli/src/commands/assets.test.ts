import { everyCommand } from '../__testUtils__/everyCommand';
import { RUN_ID } from '../__testUtils__/fakeMaestro';
import { event } from '../__testUtils__/samples';

const { fake, maestro } = everyCommand();

describe('assets', () => {
  it('shows who produces, who awaits, and what it waits for', async () => {
    const { stdout } = await maestro(['assets', 'list']);
    expect(stdout).toMatch(
      /drift +check\/look \(alert drift\) +train, report\/fresh +.* train for labels/,
    );
  });

  it('shows what became of an event', async () => {
    const { stdout } = await maestro(['assets', 'events', 'drift']);
    expect(stdout).toContain(`check/look in run ${RUN_ID}`);
    expect(stdout).toContain(
      'train: run other-run; report: skipped, paused; train: waits for labels',
    );
  });

  it('tells an event with what it carries, and says when it was told before', async () => {
    const emit = ['assets', 'emit', 'drift', '--extra', '{"D":0.4}'];
    const { stdout } = await maestro([...emit, '--key', 'k']);
    expect(stdout).toContain('Event 7 of drift told');
    expect(fake.requests[0].body).toEqual({
      asset: 'drift',
      extra: { D: 0.4 },
      eventKey: 'k',
    });
    await maestro([...emit, '--partition-key', 'us']);
    expect(fake.requests[1].body).toMatchObject({ partitionKey: 'us' });
    fake.routes['POST /asset-events'] = { status: 200, json: event };
    expect((await maestro(emit)).stdout).toContain('was told before');
    const wrong = await maestro(['assets', 'emit', 'drift', '--extra', '{']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
  });
});
