import { everyCommand } from './__testUtils__/everyCommand';
import { run, RUN_ID } from './__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

describe('a run that is named by a part of its id', () => {
  it('must be the only one', async () => {
    const other = { ...run, runId: RUN_ID.replace(/^0199/, '0198') };
    fake.routes['GET /runs'] = { json: { items: [run, other] } };
    const result = await maestro(['runs', 'show', 'abcde']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(other.runId);
    expect((await maestro(['runs', 'show', '0198c'])).code).toBe(3);
    expect(fake.requests.pop()!.route).toContain(other.runId);
  });

  it('is looked for on all pages', async () => {
    fake.routes['GET /runs'] = query => ({
      json: query.get('cursor')
        ? { items: [run] }
        : { items: [], nextCursor: 'next' },
    });
    expect((await maestro(['runs', 'show', 'abcde'])).code).toBe(0);
  });

  it('tells a pipeline without runs from one that does not exist', async () => {
    fake.routes['GET /runs'] = { json: { items: [] } };
    const none = await maestro(['runs', 'show', 'train@latest']);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toContain('has no run yet');
    const wrong = await maestro(['runs', 'show', 'nope@latest']);
    expect(wrong.stderr).toContain('Nothing at GET /pipelines/nope');
  });
});
