import { everyCommand } from '../__testUtils__/everyCommand';
import { preview } from '../__testUtils__/samples';

const { fake, maestro } = everyCommand();

describe('a pipeline that starts on assets', () => {
  it('says why a pipeline waits, and what no forecast knows', async () => {
    const why = await maestro(['pipelines', 'why', 'train']);
    expect(why.stdout).toBe('It cools down\n└─ It waits for drift\n');
    fake.routes['GET /schedule/preview'] = {
      json: {
        ...preview,
        onAssets: [{ name: 'train', scheduleText: 'On asset drift' }],
        continuous: [{ name: 'poll', scheduleText: 'As soon as it is over' }],
      },
    };
    const { stdout } = await maestro(['schedule', 'preview']);
    expect(stdout).toMatch(
      /which no forecast knows\n.*\ntrain +On asset drift/,
    );
  });
});
