import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { findReport } from './findReport';
import { getRun } from './getRun';
import { listAttempts } from './listAttempts';
import { listEvents } from './listEvents';
import { listOutputs } from './listOutputs';

eachDatabase((_name, databases) => {
  describe('views of one run', () => {
    let seed: StoreSeed;
    let pipeline: { id: number; versionId: number };
    let run: { id: number; runId: string };
    const event = (seq: number, type: string, body: object) =>
      seed.db.knex('events').insert({
        run_id: run.id,
        seq,
        at: seq * 10,
        type,
        attempt_id: 'a1',
        body: JSON.stringify(body),
      });

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open());
      pipeline = await seed.pipeline(definitionOf('train', ['a', 'b']));
      run = await seed.run(pipeline, {
        state: 'running',
        params: '{"n":1}',
        alert_count: 2,
        alert_severity: 'critical',
      });
    });

    it('shows tasks in order, each with its newest attempt and how many tries it has', async () => {
      await seed.task(run.id, 1, { state: 'none', try_number: 0 });
      await seed.task(run.id, 0, {
        state: 'running',
        try_number: 2,
        attempt_seq: 2,
        started_at: 5,
        reason: 'retry 1 of 2',
      });
      const owner = { id: run.id, pipelineId: pipeline.id };
      await seed.attempt(owner, 0, 1);
      const newest = await seed.attempt(owner, 0, 2, { state: 'running' });
      const view = await getRun(seed.views(), run.runId);
      expect(view).toMatchObject({
        params: { n: 1 },
        state: 'running',
        alertCount: 2,
        alertSeverity: 'critical',
      });
      expect(view.definition.tasks).toHaveLength(2);
      expect(view.tasks).toMatchObject([
        {
          taskId: 'a',
          mapIndex: -1,
          state: 'running',
          tryNumber: 2,
          maxTries: 3,
          attempts: 2,
          latestAttemptId: newest,
          startedAt: 5,
          reason: 'retry 1 of 2',
        },
        { taskId: 'b', state: 'none', attempts: 0, latestAttemptId: undefined },
      ]);
    });

    it('stays on the version that it is pinned to', async () => {
      await seed.version(pipeline.id, 2, definitionOf('train', ['other']));
      await seed.task(run.id, 0);
      const view = await getRun(seed.views(), run.runId);
      expect(view.versionNumber).toBe(1);
      expect(view.tasks[0].taskId).toBe('a');
    });

    it('shows alerts newest first, and reports', async () => {
      await event(1, 'alert', {
        taskId: 'a',
        kind: 'drift',
        severity: 'warning',
        message: 'drifted',
        values: { p: 0.01 },
      });
      await event(2, 'note', { note: 'not an alert' });
      await event(3, 'alert', {
        kind: 'schema',
        severity: 'critical',
        message: 'broken',
      });
      await seed.db.knex('artifacts').insert({
        run_id: run.id,
        task_no: 1,
        map_index: -1,
        attempt_id: 'a1',
        name: 'r.html',
        title: 'Report',
        content_type: 'text/html',
        size: 3_000_000_000,
        location: 'there',
        created_at: 9,
      });
      const view = await getRun(seed.views(), run.runId);
      expect(view.alerts).toEqual([
        {
          at: 30,
          attemptId: 'a1',
          kind: 'schema',
          severity: 'critical',
          message: 'broken',
        },
        {
          at: 10,
          attemptId: 'a1',
          taskId: 'a',
          kind: 'drift',
          severity: 'warning',
          message: 'drifted',
          values: { p: 0.01 },
        },
      ]);
      expect(view.reports).toMatchObject([
        { taskId: 'b', name: 'r.html', title: 'Report', size: 3_000_000_000 },
      ]);
      await expect(
        findReport(seed.views(), {
          runId: run.runId,
          taskId: 'b',
          mapIndex: -1,
          name: 'r.html',
        }),
      ).resolves.toMatchObject({ location: 'there' });
    });

    it('lists attempts oldest first, of one map index', async () => {
      const owner = { id: run.id, pipelineId: pipeline.id };
      await seed.attempt(owner, 0, 2, {
        result: 'failed',
        failure: 'exit_code',
        exit_code: 0,
        command: '["python","train.py"]',
        env: '{"A":"***"}',
        log_gap: '{"from":100,"reason":"the log store was full"}',
        log_bytes: 5_000_000_000,
        counts_as_retry: false,
      });
      await seed.attempt(owner, 0, 1, { result: 'success' });
      await seed.attempt(owner, 0, 3, { map_index: 4 });
      const views = seed.views();
      const items = await listAttempts(views, {
        runId: run.runId,
        taskId: 'a',
        mapIndex: -1,
      });
      expect(items.map(attempt => attempt.seq)).toEqual([1, 2]);
      expect(items[1]).toMatchObject({
        result: 'failed',
        exitCode: 0,
        command: ['python', 'train.py'],
        env: { A: '***' },
        logBytes: 5_000_000_000,
        countsAsRetry: false,
        logGap: 'Bytes are missing from byte 100: the log store was full',
        logCompleteness: 'gap',
      });
      expect(items[0].command).toBeUndefined();
      await expect(
        listAttempts(views, { runId: run.runId, taskId: 'a', mapIndex: 4 }),
      ).resolves.toHaveLength(1);
    });

    it('lists outputs by task and key, large ones without their value', async () => {
      const output = (task_id: string, key: string, value: unknown) => {
        const text = JSON.stringify(value);
        return seed.db.knex('outputs').insert({
          run_id: run.id,
          task_id,
          map_index: -1,
          key,
          attempt_id: 'x',
          value: text,
          size: text.length,
          created_at: 1,
        });
      };
      await output('b', 'z', { deep: [1, null] });
      await output('a', 'big', 'x'.repeat(70_000));
      await output('a', 'accuracy', 0.8);
      const items = await listOutputs(seed.views(), run.runId);
      expect(
        items.map(({ taskId, key, value }) => [taskId, key, value]),
      ).toEqual([
        ['a', 'accuracy', 0.8],
        ['a', 'big', undefined],
        ['b', 'z', { deep: [1, null] }],
      ]);
      expect(items[1].size).toBe(70_002);
    });

    it('reads events on from where a page is, oldest first', async () => {
      for (let seq = 1; seq <= 5; seq++) await event(seq, 'tasks', { seq });
      const items = await listEvents(seed.views(), {
        runId: run.runId,
        after: 2,
        limit: 2,
      });
      expect(items).toEqual([
        { seq: 3, at: 30, type: 'tasks', attemptId: 'a1', body: { seq: 3 } },
        { seq: 4, at: 40, type: 'tasks', attemptId: 'a1', body: { seq: 4 } },
      ]);
    });
  });
});
