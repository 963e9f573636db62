import { eachDatabase } from '../database/testing';
import { listApprovals } from '../views/waits';
import { taskSystems } from './__testUtils__/taskSystems';

const QUESTION = {
  subject: 'Which model?',
  body: 'One of **two**',
  options: ['old', 'new'],
  params: {
    why: { value: 'none', description: 'A reason', schema: { type: 'string' } },
  },
};
const ME = { actor: 'user:default/me', ownership: ['user:default/me'] };

eachDatabase((_name, databases) => {
  const systems = taskSystems(databases);

  /** A task that waits for an answer. */
  async function asking(
    question: object = {},
    wait: object = {},
    options: { movesClock?: boolean } = {},
  ) {
    const found = await systems([{ id: 'a' }], options);
    const a = await found.attempt('a');
    const asked = await a.call('POST', `hitlDetails/${a.id}`, {
      ti_id: a.id,
      ...QUESTION,
      ...question,
    });
    expect(asked).toMatchObject({ status: 201, body: { ti_id: a.id } });
    const parked = {
      next_method: 'execute_complete',
      next_kwargs: { a: 1 },
      ...wait,
    };
    expect((await a.state('awaiting_input', parked)).status).toBe(204);
    expect((await a.state('awaiting_input', parked)).status).toBe(204);
    a.ends();
    await found.settled('deferred');
    const decide = (
      input: Record<string, unknown>,
      who = ME,
      decision: 'approve' | 'reject' = 'approve',
    ) =>
      found.system!.engine.commands.decideApproval(
        { runId: found.runId, taskId: 'a' },
        { decision, input },
        who,
      );
    const resumed = async () => {
      const next = await found.attempt('a', 2);
      const path = `task-instances/${next.id}/run`;
      return (await next.call('PATCH', path, {})).body;
    };
    const questions = () => listApprovals({ db: found.db } as never, {});
    return { ...found, a, decide, resumed, questions };
  }

  it('shows the question, and goes on with the answer', async () => {
    const { decide, resumed, questions } = await asking();
    expect(await questions()).toMatchObject([
      {
        taskId: 'a',
        message: 'Which model?\n\nOne of **two**',
        approvers: [],
        answer: true,
        input: {
          properties: {
            _options: { type: 'string', enum: ['old', 'new'] },
            why: { type: 'string', default: 'none', description: 'A reason' },
          },
        },
      },
    ]);
    await decide({ _options: 'new', why: 'better' });
    expect(await resumed()).toMatchObject({
      next_method: 'execute_complete',
      next_kwargs: {
        a: 1,
        event: {
          chosen_options: ['new'],
          params_input: { why: 'better' },
          responded_by_user: { id: ME.actor, name: ME.actor },
          timedout: false,
        },
      },
      xcom_keys_to_clear: [],
    });
    expect(await questions()).toEqual([]);
    // Whoever comes second is told who was first.
    await expect(
      decide(
        { _options: 'old' },
        { actor: 'user:default/late', ownership: [] },
      ),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringMatching(
        /^Task "a" of run \S+ waits for no decision: it was answered by user:default\/me, and it is \w+/,
      ),
    });
  });

  it('cannot be answered when it asks nothing', async () => {
    const found = await systems([{ id: 'a' }]);
    await found.attempt('a');
    await expect(
      found.system!.engine.commands.decideApproval(
        { runId: found.runId, taskId: 'a' },
        { decision: 'approve', input: {} },
        ME,
      ),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringMatching(/waits for no decision: it is \w+/),
    });
  });

  it.each([
    ['no option', {}],
    ['another option', { _options: 'third' }],
    ['a param that is none', { _options: 'new', more: 1 }],
    ['a param of another type', { _options: 'new', why: 7 }],
  ])('refuses %s', async (_what, input) => {
    const { decide, questions } = await asking();
    await expect(decide(input)).rejects.toMatchObject({ name: 'InputError' });
    expect(await questions()).toHaveLength(1);
  });

  it('cannot be rejected, since no is one of the options', async () => {
    const { decide } = await asking();
    await expect(decide({}, ME, 'reject')).rejects.toThrow(
      /choose one of old, new/,
    );
  });

  it('takes several options where it asks for them', async () => {
    const { decide, resumed } = await asking({ multiple: true, params: {} });
    await decide({ _options: ['old', 'new'] });
    const { next_kwargs: kwargs } = await resumed();
    expect(kwargs.event.chosen_options).toEqual(['old', 'new']);
  });

  it('is answered by those who were asked', async () => {
    const { decide, resumed } = await asking({
      assigned_users: [{ id: 'Anna', name: 'Anna' }],
    });
    await expect(decide({ _options: 'new' })).rejects.toMatchObject({
      name: 'NotAllowedError',
    });
    await decide(
      { _options: 'new' },
      { actor: 'user:default/anna', ownership: [] },
    );
    expect(await resumed()).toHaveProperty('next_kwargs');
  });

  it.each([
    ['takes the defaults', ['old'], 'execute_complete'],
    ['fails without defaults', null, '__fail__'],
  ])('%s when nobody answers in time', async (_what, defaults, method) => {
    const { resumed, anHourPasses } = await asking(
      { defaults },
      { timeout: 'PT1H' },
      { movesClock: true },
    );
    anHourPasses();
    const { next_method: is, next_kwargs: kwargs } = await resumed();
    expect(is).toBe(method);
    expect(kwargs).toMatchObject(
      defaults
        ? { event: { chosen_options: defaults, params_input: { why: 'none' } } }
        : { error: 'Trigger timeout' },
    );
  });

  it('fails a task that waits and has asked nothing', async () => {
    const { attempt, settled, db } = await systems([{ id: 'a' }]);
    const a = await attempt('a');
    await a.state('awaiting_input', { next_method: 'x' });
    a.ends();
    await settled('failed');
    const [task] = await db.table(db.knex, 'task_instances');
    expect(task.reason).toMatch(/has asked nobody/);
  });

  describe('of a mapped task', () => {
    /** Three instances, of which those with an even map index ask. */
    async function askingInstances() {
      const found = await systems([
        { id: 'a', map: { items: ['x', 'y', 'z'], maxItems: 10 } },
      ]);
      // Launched side by side, so in any order.
      const instances = new Map<
        number,
        Awaited<ReturnType<typeof found.attempt>>
      >();
      for (const n of [1, 2, 3]) {
        const a = await found.attempt('a', n);
        const row = await found.db
          .table(found.db.knex, 'attempts')
          .where({ attempt_id: a.id })
          .first('map_index');
        instances.set(row!.map_index, a);
      }
      // The first asks first: questions are listed oldest first.
      for (const [asked, mapIndex] of [0, 2].entries()) {
        const a = instances.get(mapIndex)!;
        await a.call('POST', `hitlDetails/${a.id}`, {
          ti_id: a.id,
          ...QUESTION,
          subject: `Which of ${mapIndex}?`,
        });
        await a.state('awaiting_input', {
          next_method: 'execute_complete',
          next_kwargs: {},
        });
        a.ends();
        await found.until(async () => (await questions()).length === asked + 1);
      }
      async function questions() {
        return listApprovals({ db: found.db } as never, {
          runId: found.runId,
        });
      }
      const decide = (mapIndex?: number, since?: number) =>
        found.system!.engine.commands.decideApproval(
          { runId: found.runId, taskId: 'a', mapIndex },
          { decision: 'approve', input: { _options: 'new', why: 'x' }, since },
          ME,
        );
      return { ...found, questions, decide };
    }

    it('answers one instance, and the others go on asking', async () => {
      const { attempt, db, decide, questions } = await askingInstances();
      expect(await questions()).toMatchObject([
        { taskId: 'a', mapIndex: 0, answer: true },
        { taskId: 'a', mapIndex: 2, answer: true },
      ]);
      const [, { since }] = await questions();
      await expect(decide(2, since - 1)).rejects.toThrow(
        /^Task "a\[2\]" of run \S+ asks something else now; look again$/,
      );
      await decide(2, since);
      const next = await attempt('a', 4);
      const path = `task-instances/${next.id}/run`;
      expect((await next.call('PATCH', path, {})).body).toMatchObject({
        next_kwargs: { event: { chosen_options: ['new'] } },
      });
      expect(await questions()).toMatchObject([{ mapIndex: 0 }]);
      const goesOn = await db
        .table(db.knex, 'attempts')
        .where({ attempt_id: next.id })
        .first('map_index');
      expect(goesOn).toEqual({ map_index: 2 });
      const answers = await db
        .table(db.knex, 'events')
        .where({ type: 'approval' });
      expect(answers.map(({ body }) => JSON.parse(body))).toMatchObject([
        { task: 'a', mapIndex: 2 },
      ]);
      await expect(decide(2)).rejects.toMatchObject({
        name: 'ConflictError',
        message: expect.stringMatching(
          /^Task "a\[2\]" of run \S+ waits for no decision: it was answered by user:default\/me/,
        ),
      });
      await decide(0);
      expect(await questions()).toEqual([]);
    });

    it('is not answered as a whole, nor where nothing asks', async () => {
      const { decide, questions } = await askingInstances();
      await expect(decide()).rejects.toMatchObject({
        name: 'InputError',
        message:
          'Task "a" is mapped: say which of its instances you answer, by its map index (these wait for a decision: 0, 2)',
      });
      await expect(decide(1)).rejects.toMatchObject({ name: 'ConflictError' });
      await expect(decide(3)).rejects.toMatchObject({ name: 'NotFoundError' });
      expect(await questions()).toHaveLength(2);
    });
  });

  it('refuses questions that are none, or too large', async () => {
    const { attempt } = await systems([{ id: 'a' }]);
    const a = await attempt('a');
    const ask = async (more: object) =>
      (await a.call('POST', `hitlDetails/${a.id}`, { ...QUESTION, ...more }))
        .status;
    expect(await ask({ options: [] })).toBe(422);
    expect(await ask({ subject: undefined })).toBe(422);
    expect(await ask({ body: 'x'.repeat(70_000) })).toBe(413);
  });
});
