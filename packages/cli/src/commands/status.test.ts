import { everyCommand } from '../__testUtils__/everyCommand';
import { status } from '../__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

describe('status', () => {
  it('names every scheduler where there are several', async () => {
    const one = { role: 'all', version: '1.0.0', startedAt: 1, self: false };
    fake.routes['GET /status'] = {
      json: {
        ...status,
        now: 100_000,
        schedulers: [
          { ...one, name: 's-1', host: 'node-1', seenAt: 99_000, alive: true },
          { ...one, name: 's-2', host: 'node-2', seenAt: 10_000, alive: false },
        ],
      },
    };
    const { stdout } = await maestro(['status']);
    expect(stdout).toMatch(/s-1 +node-1 +all +active +just now +1\.0\.0/);
    expect(stdout).toMatch(/s-2 +node-2 +all +gone +1 m ago/);
  });
});
