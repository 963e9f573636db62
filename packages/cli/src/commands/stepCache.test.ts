import { everyCommand } from '../__testUtils__/everyCommand';

const { lastBody, maestro } = everyCommand();

describe('the step cache', () => {
  it('is listed and emptied', async () => {
    const listed = await maestro(['pipelines', 'cache', 'train']);
    expect(listed.stdout).toMatch(/TASK +KEY +RUN +MADE +TOOK +REUSED/);
    expect(listed.stdout).toMatch(/fit +f00dcafef00d .* 3 /);
    const gone = await maestro([
      'pipelines',
      'clear-cache',
      'train',
      '--task',
      'fit',
      '--yes',
    ]);
    expect(gone.stdout).toBe('Forgot 1 result.\n');
  });

  it('is left out of a run that is to compute everything', async () => {
    await maestro(['trigger', 'train']);
    expect(lastBody()).not.toHaveProperty('noCache');
    await maestro(['trigger', 'train', '--no-cache']);
    expect(lastBody()).toMatchObject({ noCache: true });
  });
});
