import { everyCommand } from '../__testUtils__/everyCommand';
import { preview } from '../__testUtils__/samples';

const { fake, maestro } = everyCommand();

describe('schedule preview', () => {
  it('shows runs, waits, collisions, peaks and who is left out', async () => {
    const { stdout, code } = await maestro(['schedule', 'preview']);
    expect(code).toBe(0);
    const lines = stdout.split('\n').map(line => line.replace(/ +/g, ' '));
    expect(lines).toEqual([
      'PIPELINE RUNS NEXT TAKES WAITS',
      'never_ran 1 2026-03-01 13:00:00 (in 1 h) not known',
      'train 24 2026-03-01 13:00:00 (in 1 h) 2 h 00 m 23 runs, up to 22 h 00 m',
      '',
      'Collisions',
      'FIRST TIMES WHAT PIPELINES',
      '2026-03-01 14:00:00 3 4 tasks in pool gpu of 1 slots train',
      '',
      'Due at the same time, which is no harm by itself',
      'FIRST TIMES WHAT PIPELINES',
      '2026-03-01 13:00:00 1 2 are due together never_ran, train',
      '',
      'Peaks',
      'AT RUNS AT ONCE PIPELINES',
      '2026-03-01 14:00:00 2 train',
      '',
      'Paused, so not in it: asleep',
      '',
    ]);
  });

  it('asks for the days and the pipeline that were named', async () => {
    let asked: string | undefined;
    fake.routes['GET /schedule/preview'] = query => {
      asked = String(query);
      return { json: preview };
    };
    await maestro(['schedule', 'preview', 'train', '--days', '7']);
    expect(asked).toBe('days=7&pipeline=train');
    const { code, stderr } = await maestro([
      'schedule',
      'preview',
      '--days',
      '1000',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('from 1 to 400');
  });

  it('says how far it looks when there is too much, and that nothing runs', async () => {
    fake.routes['GET /schedule/preview'] = {
      json: {
        ...preview,
        isCut: true,
        pipelines: [],
        collisions: [],
        peaks: [],
        paused: [],
      },
    };
    const { stdout } = await maestro(['schedule', 'preview']);
    expect(stdout).toBe(
      'Nothing runs by schedule.\n\nThere are so many runs that this looks only as far as 2026-03-02 12:00:00.\n',
    );
  });
});
