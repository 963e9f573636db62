import { everyCommand } from '../__testUtils__/everyCommand';
import { detail, RUN_ID } from '../__testUtils__/fakeMaestro';
import { asking, askingInstances } from '../__testUtils__/samples';

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
    expect(lastBody()).toEqual({
      decision: 'approve',
      input: { n: 5 },
      since: 1_000,
    });
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

  it('is of one instance of a mapped task', async () => {
    const { run, approvals } = askingInstances(2, 7);
    fake.routes[route] = { json: run };
    fake.routes['GET /approvals'] = query => {
      expect(query.get('runId')).toBe(RUN_ID);
      return { json: { items: approvals } };
    };
    const which = await maestro(['approvals', 'approve', RUN_ID, '--yes']);
    expect(which).toMatchObject({ code: 2 });
    expect(which.stderr).toContain('ask[2], ask[7]; say which with --index');
    const answer = ['approvals', 'approve', RUN_ID, '--yes', '--set', 'n=5'];
    const one = await maestro([...answer, '--task', 'ask', '--index', '7']);
    expect(one).toMatchObject({ code: 0 });
    expect(one.stdout).toContain('Task ask[7] of run');
    expect(lastBody()).toEqual({
      decision: 'approve',
      input: { n: 5 },
      mapIndex: 7,
      since: 1_000,
    });
    const none = await maestro([...answer, '--task', 'ask', '--index', '3']);
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('by the name ask[3]');
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

  describe('of a DAG', () => {
    const of = (option: object) => {
      const { tasks, ...run } = asking('ask');
      const approval = {
        ...tasks[0].wait.approval,
        answer: true,
        input: { type: 'object', properties: { _options: option } },
      };
      const wait = { ...tasks[0].wait, approval };
      fake.routes[route] = {
        json: { ...run, tasks: [{ ...tasks[0], wait }] },
      };
    };
    const one = { type: 'string', enum: ['Approve', 'Not now'] };
    const answer = (...args: string[]) =>
      maestro(['approvals', 'approve', RUN_ID, '--yes', ...args]);

    it('is an answer: one of its options, which may be a no', async () => {
      of(one);
      const result = await answer('--option', 'Not now');
      expect(result).toMatchObject({ code: 0 });
      expect(result.stdout).toContain(`Task ask of run ${RUN_ID} answered.`);
      expect(lastBody()).toEqual({
        decision: 'approve',
        input: { _options: 'Not now' },
        since: 1_000,
      });
    });

    it.each([
      ['nothing chosen', [], "--option Approve or --option 'Not now'"],
      [
        'two of which one is wanted',
        ['--option', 'Approve', '--option', 'Not now'],
        'wants one option: --option Approve',
      ],
    ])('says what there is to choose: %s', async (_, args, words) => {
      of(one);
      const result = await answer(...args);
      expect(result).toMatchObject({ code: 2 });
      expect(result.stderr).toContain(words);
      expect(lastBody()).toBeUndefined();
    });

    it('may be several options, or its defaults', async () => {
      const many = { type: 'array', items: { enum: ['canary', 'shadow'] } };
      of(many);
      await answer('--option', 'canary', '--option', 'shadow');
      expect(lastBody()).toEqual({
        decision: 'approve',
        input: { _options: ['canary', 'shadow'] },
        since: 1_000,
      });
      of({ ...many, default: ['canary'] });
      await answer();
      expect(lastBody()).toEqual({
        decision: 'approve',
        input: {},
        since: 1_000,
      });
    });

    it('is no rejection: that is an option, if there is one', async () => {
      of(one);
      const no = await maestro(['approvals', 'reject', RUN_ID, '--yes']);
      expect(no).toMatchObject({ code: 2 });
      expect(no.stderr).toContain(
        "answer it: maestro approvals approve with --option Approve or --option 'Not now'",
      );
    });
  });
});
