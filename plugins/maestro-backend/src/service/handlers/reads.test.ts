import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { Readable } from 'node:stream';
import { eachDatabase } from '../../database/testing';
import { API_PATH, seededApi } from '../__testUtils__/seededApi';

eachDatabase((_name, databases) => {
  describe('reads of the HTTP API', () => {
    const { api, asUser, client, http, seeded, services } =
      seededApi(databases);

    it('gives lists and pages', async () => {
      const { items } = await client.listPipelines();
      expect(items.map(pipeline => pipeline.name)).toEqual(['other', 'train']);
      const pipeline = await client.getPipeline('train');
      expect(pipeline.definition.tasks.map(task => task.id)).toEqual([
        'a',
        'b',
      ]);
      expect((await client.getGrid('train')).runs).toHaveLength(1);
      expect((await client.listRuns({ limit: 1 })).items).toHaveLength(1);
      expect((await client.getRun('r1')).reports).toHaveLength(1);
      expect(await client.listProblems()).toEqual({ items: [] });
      expect((await client.listAttempts('r1', 'a')).items).toHaveLength(1);
      expect((await client.getPipelineVersion('train', 1)).files).toEqual([]);
    });

    it('lists the runs that somebody may see, page by page', async () => {
      const ids = async () =>
        (await client.listRuns()).items.map(run => run.runId);
      await expect(ids()).resolves.toEqual(['r2', 'r1']);
      api.decide.mockReturnValue(AuthorizeResult.CONDITIONAL);
      await expect(ids()).resolves.toEqual(['r2']);
    });

    it('lets people decide as who they are and what they belong to', async () => {
      services.runControl.decideApproval.mockResolvedValueOnce(undefined);
      const { runId } = await client.decideApproval('r1', 'a', {
        decision: 'approve',
        input: { ticket: 'OPS-1' },
        since: 7,
      });
      expect(runId).toBe('r1');
      expect(services.runControl.decideApproval).toHaveBeenCalledWith(
        { runId: 'r1', taskId: 'a' },
        { decision: 'approve', input: { ticket: 'OPS-1' }, since: 7 },
        { actor: 'user:default/mock', ownership: ['user:default/mock'] },
      );
    });

    it('gives what tasks keep in state stores, of a task and of an asset', async () => {
      const { knex } = seeded().db;
      const { id } = await knex('runs').where({ run_id: 'r1' }).first();
      const state = { key: 'cursor', value: '{"page":7}', updated_at: 5 };
      await knex('task_states').insert({
        ...state,
        run_id: id,
        task_id: 'a',
        map_index: -1,
      });
      await knex('asset_states').insert({
        ...state,
        asset: 's3://raw/x',
        updated_by: 'task:load/read',
      });
      const shown = { key: 'cursor', value: { page: 7 }, updatedAt: 5 };
      expect((await client.listTaskState('r1', 'a')).items).toEqual([shown]);
      expect(
        (await client.listTaskState('r1', 'a', { mapIndex: 2 })).items,
      ).toEqual([]);
      expect((await client.listAssetState('s3://raw/x')).items).toEqual([
        { ...shown, updatedBy: 'task:load/read' },
      ]);
      await expect(client.listTaskState('r1', 'none')).rejects.toThrow(
        'The run has no task "none"',
      );
    });

    it('lists the questions of the runs that somebody may see', async () => {
      await seeded()
        .db.knex('waits')
        .insert({
          run_id: (
            await seeded().db.knex('runs').where({ run_id: 'r1' }).first()
          ).id,
          task_no: 0,
          map_index: -1,
          wait_id: 'w',
          kind: 'approval',
          what: 'a decision: Deploy?',
          trigger: JSON.stringify({ message: 'Deploy?' }),
          created_at: 5,
        });
      const { items } = await client.listApprovals();
      expect(items).toEqual([
        {
          runId: 'r1',
          runKey: expect.any(String),
          pipeline: 'train',
          taskId: 'a',
          mapIndex: -1,
          since: 5,
          message: 'Deploy?',
          approvers: [],
        },
      ]);
      expect((await client.listPipelines()).items).toEqual([
        expect.objectContaining({ name: 'other' }),
        expect.objectContaining({ name: 'train', approvals: 1 }),
      ]);
      const { tasks } = await client.getRun('r1');
      expect(tasks[0].wait).toMatchObject({
        kind: 'approval',
        approval: { message: 'Deploy?' },
      });
      expect(await client.listApprovals({ pipeline: 'other' })).toEqual({
        items: [],
      });
      api.decide.mockReturnValue(AuthorizeResult.CONDITIONAL);
      expect(await client.listApprovals()).toEqual({ items: [] });
    });

    it('adds counts to what the engine says of itself', async () => {
      services.engineStatus.status.mockResolvedValueOnce({
        ok: true,
        executors: [{ name: 'local', ok: true, maxParallel: 2, live: 0 }],
      });
      await expect(client.getStatus()).resolves.toMatchObject({
        ok: true,
        now: expect.any(Number),
        runs: { queued: 0, running: 0 },
        tasks: { scheduled: 0, queued: 0, running: 0 },
      });
    });

    it('answers 304 to a page that polls and has what there is', async () => {
      const first = await asUser(http().get(`${API_PATH}/runs/r1`)).expect(200);
      expect(first.headers['cache-control']).toBe('private, no-cache');
      await asUser(http().get(`${API_PATH}/runs/r1`))
        .set('If-None-Match', first.headers.etag)
        .expect(304);
      await seeded().db.knex('runs').update({ note: 'changed' });
      await asUser(http().get(`${API_PATH}/runs/r1`))
        .set('If-None-Match', first.headers.etag)
        .expect(200);
    });

    it('lets nothing in a report run or load', async () => {
      services.artifacts.open.mockResolvedValueOnce({
        size: 25,
        stream: Readable.from(['<script>alert(1)</script>']),
      });
      const { headers, text } = await asUser(
        http().get(`${API_PATH}/runs/r1/reports/drift.html?taskId=a`),
      ).expect(200);
      expect(text).toBe('<script>alert(1)</script>');
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toBe(
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      );
    });

    it('does not let the content type of a report speak for itself', async () => {
      await seeded()
        .db.knex('artifacts')
        .update({ content_type: 'text/html\r\nSet-Cookie: a=b' });
      services.artifacts.open.mockResolvedValueOnce({
        size: 1,
        stream: Readable.from(['x']),
      });
      const { headers } = await asUser(
        http().get(`${API_PATH}/runs/r1/reports/drift.html?taskId=a`),
      ).expect(200);
      expect(headers['content-type']).toBe('application/octet-stream');
      expect(headers['set-cookie']).toBeUndefined();
    });

    describe('an output', () => {
      const insert = async (key: string, columns: object) =>
        seeded()
          .db.knex('outputs')
          .insert({
            run_id: (
              await seeded().db.knex('runs').where({ run_id: 'r1' }).first()
            ).id,
            task_id: 'a',
            map_index: -1,
            key,
            attempt_id: 'x',
            size: 9,
            created_at: 1,
            ...columns,
          });
      const download = async (key: string) =>
        (await client.downloadOutput('r1', { taskId: 'a', key })).text();

      it('is told with the try that wrote it', async () => {
        await insert('told', { value: '1' });
        const { items } = await client.listOutputs('r1', { taskId: 'a' });
        expect(items.find(({ key }) => key === 'told')).toMatchObject({
          value: 1,
          attemptId: 'x',
          tryNumber: 1,
        });
      });

      it('is downloaded as what people may see of it', async () => {
        await insert('masked', { value: '"hunter2"', shown: '"***"' });
        await expect(download('masked')).resolves.toBe('"***"');
      });

      it('is downloaded however large it is', async () => {
        const text = JSON.stringify('ü'.repeat(100_000));
        await insert('large', { value: text, size: text.length });
        await expect(download('large')).resolves.toBe(text);
      });

      it('is read from where large ones are kept', async () => {
        await insert('apart', { value: null, blob: 'outputs/apart' });
        services.artifacts.open.mockResolvedValueOnce({
          size: 3,
          stream: Readable.from(['[1]']),
        });
        await expect(download('apart')).resolves.toBe('[1]');
        expect(services.artifacts.open).toHaveBeenCalledWith('outputs/apart');
      });

      it('is a file and no page, whatever stands in it', async () => {
        await insert('html', { value: '"<script>"' });
        const { headers } = await asUser(
          http().get(`${API_PATH}/runs/r1/outputs/value?taskId=a&key=html`),
        ).expect(200);
        expect(headers['content-type']).toBe('application/octet-stream');
        expect(headers['content-disposition']).toMatch(/^attachment/);
        expect(headers['x-content-type-options']).toBe('nosniff');
      });

      it('is 404 with the words of what is missing', async () => {
        await expect(download('nope')).rejects.toThrow(
          'Task "a" has no output "nope" in this run',
        );
        await expect(
          client.downloadOutput('r1', {
            taskId: 'a',
            key: 'told',
            mapIndex: 3,
          }),
        ).rejects.toThrow('Task "a"[3] has no output "told"');
      });

      it('is for those who may see its run', async () => {
        api.decide.mockReturnValue(AuthorizeResult.CONDITIONAL);
        await insert('mine', { value: '1' });
        await expect(download('mine')).rejects.toThrow('maestro.run.read');
      });
    });

    it('downloads a log as a file and says whether it is all', async () => {
      const bytes = Buffer.from([0xff, 0x0a, 0x00]);
      services.logs.read.mockResolvedValueOnce({ end: true });
      services.logs.stream.mockResolvedValueOnce(Readable.from([bytes]));
      const log = await client.downloadLog('x', { offset: 2 });
      expect(services.logs.stream).toHaveBeenCalledWith('x', 2);
      expect(log.headers.get('content-disposition')).toBe(
        'attachment; filename="x.log"',
      );
      expect(log.headers.get('maestro-log-end')).toBe('true');
      expect(Buffer.from(await log.arrayBuffer())).toEqual(bytes);
    });

    it('breaks off a log whose source fails in the middle', async () => {
      services.logs.read.mockResolvedValueOnce({ end: true });
      services.logs.stream.mockResolvedValueOnce(
        Readable.from(
          (function* fail() {
            yield Buffer.alloc(100_000);
            throw new Error('disk');
          })(),
        ),
      );
      const read = async () => (await client.downloadLog('x')).arrayBuffer();
      await expect(read()).rejects.toThrow();
    });
  });
});
