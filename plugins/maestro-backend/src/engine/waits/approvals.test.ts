import { eachDatabase } from '../../database/testing';
import type { ApprovalDecision } from './decisionRules';
import { createWaitTest, type WaitTest } from './__testUtils__/waitTest';

const ADA = { actor: 'user:default/ada', ownership: ['group:default/ml-team'] };
const BOB = { actor: 'user:default/bob', ownership: [] };

eachDatabase((_name, databases) => {
  let test: WaitTest;
  afterEach(() => test.stop());
  const ask = async (approve: object, more: object = {}) => {
    test = await createWaitTest(databases);
    await test.register('p', {
      params: { properties: { version: { type: 'string', default: '7' } } },
      tasks: [
        { id: 'ask', approve: { message: 'Deploy?', ...approve }, ...more },
        { id: 'after', dependsOn: ['ask'], run: { command: ['true'] } },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(async () => (await test.states(runId)).ask, 'deferred');
    return runId;
  };
  const decide = (
    runId: string,
    decision: ApprovalDecision['decision'],
    who = ADA,
    input: Record<string, unknown> = {},
  ) =>
    test.engine.commands.decideApproval(
      { runId, taskId: 'ask' },
      { decision, input },
      who,
    );
  const output = async (runId: string) => {
    const { id } = await test.run(runId);
    const rows = await test.db
      .table(test.db.knex, 'outputs')
      .where({ run_id: id, task_id: 'ask' });
    return Object.fromEntries(
      rows.map(row => [row.key, JSON.parse(row.value!)]),
    );
  };

  it('goes on when somebody approves, with what was filled in', async () => {
    const runId = await ask({
      message: 'Deploy version ${{ params.version }}?',
      input: {
        type: 'object',
        required: ['ticket'],
        properties: {
          ticket: { type: 'string' },
          canary: { type: 'boolean', default: true },
        },
      },
    });
    expect((await test.instances(runId)).ask.reason).toBe(
      'waits for a decision: Deploy version 7?',
    );
    expect(await test.timers()).toEqual([]);
    await expect(decide(runId, 'approve')).rejects.toMatchObject({
      name: 'InputError',
      problems: [{ path: 'input.ticket', message: '"ticket" is missing' }],
    });
    await expect(
      decide(runId, 'approve', ADA, { ticket: 'OPS-1', other: 1 }),
    ).rejects.toThrow('There is no field "other"');
    await decide(runId, 'approve', ADA, { ticket: 'OPS-1' });
    expect((await test.finished(runId)).state).toBe('success');
    expect(await output(runId)).toEqual({
      approved: true,
      by: ADA.actor,
      at: new Date(test.now()).toISOString(),
      input: { ticket: 'OPS-1', canary: true },
    });
    expect(await test.waits()).toEqual([]);
  });

  it('fails when somebody rejects, whatever retries it has', async () => {
    const runId = await ask({}, { retries: 3 });
    await decide(runId, 'reject');
    expect((await test.finished(runId)).state).toBe('failed');
    const { ask: instance } = await test.instances(runId);
    expect(instance.reason).toContain('rejected by user:default/ada');
    expect(await output(runId)).toMatchObject({
      approved: false,
      by: ADA.actor,
    });
  });

  it('is decided once: the second one is told who was first', async () => {
    const runId = await ask({});
    const both = await Promise.allSettled([
      decide(runId, 'approve', ADA),
      decide(runId, 'reject', BOB),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ]);
    const refused = both.find(
      each => each.status === 'rejected',
    ) as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ name: 'ConflictError' });
    expect(String(refused.reason)).toMatch(
      /(approved|rejected) by user:default/,
    );
  });

  it('is refused where the task asks another time than the one who decides has seen', async () => {
    const runId = await ask({});
    const [seen] = await test.waits();
    const since = Number(seen.created_at);
    const decideWhat = (asked: number) =>
      test.engine.commands.decideApproval(
        { runId, taskId: 'ask' },
        { decision: 'approve', input: {}, since: asked },
        ADA,
      );
    test.pass(2_000);
    await test.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['ask'],
        downstream: true,
        upstream: false,
        onlyFailed: false,
        dryRun: false,
      },
      ADA.actor,
    );
    await test.until(
      async () => Number((await test.waits())[0]?.created_at) !== since,
      true,
    );
    await expect(decideWhat(since)).rejects.toMatchObject({
      name: 'ConflictError',
      message: `Task "ask" of run ${runId} asks something else now; look again`,
    });
    expect((await test.states(runId)).ask).toBe('deferred');
    await decideWhat(since + 2_000);
    expect((await test.finished(runId)).state).toBe('success');
  });

  it('is decided by approvers only', async () => {
    const runId = await ask({ approvers: ['group:default/ML-Team'] });
    await expect(decide(runId, 'approve', BOB)).rejects.toThrow(
      'is decided by group:default/ml-team; user:default/bob is none of them',
    );
    await decide(runId, 'approve', ADA);
    expect((await test.finished(runId)).state).toBe('success');
  });

  it.each([
    ['fail', 'failed', 'upstream_failed'],
    ['skip', 'skipped', 'skipped'],
  ])(
    'when nobody decides in time it does %s',
    async (onTimeout, state, after) => {
      const runId = await ask({ timeout: 'PT1H', onTimeout });
      test.pass(3_600_000);
      await test.finished(runId);
      expect(await test.states(runId)).toEqual({ ask: state, after });
      await expect(decide(runId, 'approve')).rejects.toThrow(
        'waits for no decision',
      );
      expect(await test.timers()).toEqual([]);
    },
  );

  it('refuses a decision nobody asked for', async () => {
    const runId = await ask({});
    await expect(
      test.engine.commands.decideApproval(
        { runId, taskId: 'after' },
        { decision: 'approve', input: {} },
        ADA,
      ),
    ).rejects.toThrow('Task "after" asks nobody');
    await expect(
      test.engine.commands.decideApproval(
        { runId, taskId: 'nowhere' },
        { decision: 'approve', input: {} },
        ADA,
      ),
    ).rejects.toThrow('has no task "nowhere"');
    await test.engine.commands.cancelRun(runId, ADA.actor);
    await expect(decide(runId, 'approve')).rejects.toMatchObject({
      name: 'ConflictError',
    });
  });
});
