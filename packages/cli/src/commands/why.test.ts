import { everyCommand } from '../__testUtils__/everyCommand';
import { RUN_ID } from '../__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

describe('why', () => {
  it('says it in one English sentence, in times and ids that people use', async () => {
    const since = Date.now() - 11_000;
    const at = new Date(Date.now() + 3_900_000).toISOString();
    fake.routes[`GET /runs/${RUN_ID}/why`] = {
      json: {
        chain: [
          {
            code: 'x',
            message: 'Task "slow" is running.',
            since,
            names: [],
            action: { label: 'Open its log', kind: 'open_log', target: 'slow' },
          },
          {
            code: 'y',
            message: `The next starts at ${at}.`,
            until: Date.parse(at),
            names: [],
          },
          {
            code: 'z',
            message: `2 in use by "p/${RUN_ID}/a".`,
            names: [],
            action: {
              label: 'Give pool "gpu" more slots',
              kind: 'open_pool',
              target: 'gpu',
              command: 'maestro pools set gpu 3',
            },
          },
          {
            code: 'c',
            message: 'Pipeline "p" is paused by user:default/ada.',
            names: [],
          },
        ],
      },
    };
    const { stdout } = await maestro(['why', RUN_ID]);
    expect(stdout).toMatch(
      /^Task "slow" is running, for 1\d s\. → Open its log$/m,
    );
    expect(stdout).toMatch(/The next starts at [\d-]+ [\d:]+ \(in 1 h\)\.$/m);
    expect(stdout).toMatch(
      /2 in use by "p\/000abcde\/a"\. +→ Give pool "gpu" more slots: maestro pools set gpu 3$/m,
    );
    expect(stdout).toMatch(/Pipeline "p" is paused by ada\.$/m);
  });
});
