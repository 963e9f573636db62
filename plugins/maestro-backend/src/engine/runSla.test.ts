import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { num } from '../database/conversion';
import { eachDatabase } from '../database/testing';
import {
  ScriptedExecutor,
  type Script,
  type TestEngine,
  createTestEngine,
} from './testing';

const HOUR = 3_600_000;

const hangs: Script = () => 'hang';

eachDatabase((_name, databases) => {
  const engines: TestEngine[] = [];
  let db: MaestroDatabase;

  const start = async (script?: Script) => {
    const test = await createTestEngine(db, {
      logger: mockLogger(),
      executor: new ScriptedExecutor(script),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    engines.push(test);
    return test;
  };
  const register = (test: TestEngine, sla?: string) =>
    test.register('p', {
      sla,
      tasks: [{ id: 'a', run: { command: ['true'] } }],
    });
  const trigger = (
    test: TestEngine,
    options: { sla?: boolean; trigger?: 'manual' | 'api'; runKey?: string },
  ) =>
    test.engine.commands.triggerRun({
      pipeline: 'p',
      trigger: 'manual',
      params: {},
      actor: 'user:default/test',
      ...options,
    });
  const timers = () =>
    db.table(db.knex, 'timers').where({ kind: 'sla' }).select('ref');

  beforeEach(async () => {
    db = await databases.open();
  });
  afterEach(async () => {
    for (const test of engines.splice(0)) await test.stop();
  });

  describe('the SLA of a run that somebody starts', () => {
    it.each(['manual', 'api'] as const)(
      'is that of the pipeline, from its creation, when a run by "%s" asks for it',
      async by => {
        const test = await start();
        await register(test, 'PT1H');
        const { runId } = await trigger(test, { sla: true, trigger: by });
        const run = await test.finished(runId);
        expect(num(run.sla_deadline!)).toBe(num(run.created_at) + HOUR);
        expect(run.sla_state).toBe('met');
        expect(await timers()).toEqual([]);
      },
    );

    it('is missed by one that goes on too long, and the miss stays', async () => {
      const test = await start(hangs);
      await register(test, 'PT0.3S');
      const { runId } = await trigger(test, { sla: true });
      const end = Date.now() + 60_000;
      while (
        (await test.run(runId)).sla_state !== 'missed' &&
        Date.now() < end
      ) {
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      expect((await test.run(runId)).sla_state).toBe('missed');
    });

    it.each([undefined, false])('is none when it says %p', async sla => {
      const test = await start();
      await register(test, 'PT1H');
      const { runId } = await trigger(test, { sla });
      expect(await test.run(runId)).toMatchObject({
        sla_deadline: null,
        sla_state: 'none',
      });
      expect(await timers()).toEqual([]);
    });

    it('is refused where the pipeline has none, and no run is there', async () => {
      const test = await start();
      await register(test);
      await expect(trigger(test, { sla: true })).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringContaining('Pipeline "p" has no SLA'),
      });
      expect(await db.table(db.knex, 'runs')).toEqual([]);
    });

    it('does not come to a run of that key that exists without', async () => {
      const test = await start();
      await register(test, 'PT1H');
      const { runId } = await trigger(test, { runKey: 'k' });
      await expect(trigger(test, { runKey: 'k', sla: true })).resolves.toEqual({
        runId,
        created: false,
      });
      expect((await test.run(runId)).sla_state).toBe('none');
    });
  });
});
