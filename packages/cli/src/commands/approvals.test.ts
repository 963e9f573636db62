import { everyCommand } from '../__testUtils__/everyCommand';
import { detail, RUN_ID } from '../__testUtils__/fakeMaestro';
import { asking } from '../__testUtils__/samples';

const { fake, lastBody, maestro } = everyCommand();

describe('a decision', () => {
  const route = `GET /runs/${RUN_ID}`;
  beforeEach(() => {
    fake.routes[route] = { json: asking('ask') };
  });

  it('is shown with who may decide, and until when', async () => {
    const { stdout } = await maestro(['approvals', 'list']);
    expect(stdout).toContain('Deploy version 7?');
    expect(stdout).toContain('group:default/ml-team');
  });

  it('is a yes with what was filled in, of the type that was asked for', async () => {
    const result = await maestro(
      ['approvals', 'approve', RUN_ID, '--set', 'n=5'],
      { tty: true, stdin: 'y\n' },
    );
    expect(result.stderr).toContain(
      '"Deploy version 7?" (task ask of train). Approve with {"n":5}?',
    );
    expect(result).toMatchObject({ code: 0 });
    expect(lastBody()).toEqual({ decision: 'approve', input: { n: 5 } });
  });

  it('is a no only after a clear yes', async () => {
    const no = await maestro(['approvals', 'reject', RUN_ID], {
      tty: true,
      stdin: 'n\n',
    });
    expect(no).toMatchObject({ code: 1 });
    expect(no.stderr).toContain('Nothing was rejected.');
    expect(lastBody()).toBeUndefined();
    const unasked = await maestro(['approvals', 'reject', RUN_ID]);
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain('say --yes to reject');
  });

  it('names the task where several wait', async () => {
    fake.routes[route] = { json: asking('ask', 'again') };
    const which = await maestro(['approvals', 'approve', RUN_ID, '--yes']);
    expect(which).toMatchObject({ code: 2 });
    expect(which.stderr).toContain('ask, again; say which with --task');
    const one = await maestro([
      ...['approvals', 'approve', RUN_ID, '--yes', '--task', 'ask'],
    ]);
    expect(one).toMatchObject({ code: 0 });
  });

  it('is not made where nothing waits, and says what became of it', async () => {
    fake.routes[route] = { json: detail('success') };
    const none = await maestro(['approvals', 'approve', RUN_ID, '--yes']);
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('"maestro approvals list"');
    const over = await maestro([
      ...['approvals', 'approve', RUN_ID, '--yes', '--task', 'fit'],
    ]);
    expect(over.stderr).toContain('waits for no decision: it is success');
  });
});
