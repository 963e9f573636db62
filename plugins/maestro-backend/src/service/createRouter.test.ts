import { mockCredentials } from '@backstage/backend-test-utils';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  createMaestroClient,
  OPERATION_PERMISSIONS,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';
import { Readable } from 'node:stream';
import request from 'supertest';
import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from '../views/__testUtils__/StoreSeed';
import { AUDITED_OPERATIONS } from './auditedOperations';
import { fakeServices, startApi } from './__testUtils__/startApi';
import { operations } from './createRouter';

const BASE = '/api/maestro';
const ALL = operations();

eachDatabase((_name, databases) => {
  describe('the HTTP API', () => {
    const services = fakeServices();
    let seed: StoreSeed;
    let api: Awaited<ReturnType<typeof startApi>>;
    let client: MaestroClient;
    const http = () => request(api.server);
    const asUser = <T extends request.Test>(test: T) =>
      test.set('authorization', mockCredentials.user.header());

    beforeAll(async () => {
      seed = new StoreSeed(await databases.open());
      const pipeline = await seed.pipeline(definitionOf('train', ['a', 'b']));
      const run = await seed.run(pipeline, { run_id: 'r1' });
      await seed.task(run.id, 0);
      await seed.attempt({ id: run.id, pipelineId: pipeline.id }, 0, 1, {
        attempt_id: 'x',
      });
      const other = await seed.pipeline(definitionOf('other', ['a']));
      await seed.run(other, { run_id: 'r2' });
      await seed.db.knex('artifacts').insert({
        run_id: run.id,
        task_no: 0,
        map_index: -1,
        attempt_id: 'x',
        name: 'drift.html',
        content_type: 'text/html; charset=utf-8',
        size: 5,
        location: 'place',
        created_at: 1,
      });
      api = await startApi(seed.db, services);
      const { port } = api.server.address() as { port: number };
      client = createMaestroClient({
        baseUrl: `http://127.0.0.1:${port}${BASE}`,
        fetch: (input, init) => {
          const sent = new Request(input, init);
          sent.headers.set('authorization', mockCredentials.user.header());
          return fetch(sent);
        },
      });
    });

    afterAll(() => api.stop());

    beforeEach(() => {
      jest.clearAllMocks();
      api.decide.mockReturnValue(AuthorizeResult.ALLOW);
    });

    /** A request that the document accepts. */
    const sample = ({ id, method, path }: (typeof ALL)[number]) => {
      const url = path
        .replace('{name}', id === 'getReport' ? 'drift.html' : 'train')
        .replace('{version}', '1')
        .replace('{runId}', 'r1')
        .replace('{backfillId}', 'b1')
        .replace('{taskId}', 'a')
        .replace('{attemptId}', 'x')
        .replace('{connId}', 'c')
        .replace('{key}', 'k')
        .replace('{webhookId}', 'deploy');
      const bodies: Record<string, object> = {
        setPipelinePaused: { paused: true },
        triggerRun: {},
        clearTasks: {},
        previewBackfill: { from: 0, to: 1 },
        createBackfill: { from: 0, to: 1 },
        setBackfillState: { state: 'paused' },
        setRunNote: { note: 'n' },
        markTasks: { taskIds: ['a'], state: 'success' },
        decideApproval: { decision: 'approve' },
        createConnection: { connId: 'c', connType: 'http' },
        updateConnection: { connId: 'c', connType: 'http' },
        setVariable: { value: '1' },
        emitAssetEvent: { asset: 'drift' },
      };
      return http()
        [method](`${BASE}${url}${id === 'getReport' ? '?taskId=a' : ''}`)
        .send(bodies[id]);
    };

    describe.each(ALL.map(operation => [operation.id, operation] as const))(
      '%s',
      (id, operation) => {
        it('is 401 for nobody', async () => {
          const answer = await sample(operation).set(
            'authorization',
            mockCredentials.none.header(),
          );
          expect(answer.status).toBe(401);
          expect(api.decide).not.toHaveBeenCalled();
        });

        it('asks for its permission, and is 403 without it', async () => {
          api.decide.mockReturnValue(AuthorizeResult.DENY);
          const answer = await asUser(sample(operation));
          expect(answer.status).toBe(403);
          const { name } = OPERATION_PERMISSIONS[id];
          expect(api.decide.mock.calls).toEqual([[name]]);
          expect(answer.body.error).toMatchObject({
            name: 'NotAllowedError',
            message: expect.stringContaining(name),
          });
          for (const service of Object.values(services)) {
            for (const method of Object.values(service)) {
              expect(method).not.toHaveBeenCalled();
            }
          }
        });

        if (id !== 'listRuns' && id !== 'listApprovals') {
          it('does not take "it depends" for an allowance', async () => {
            api.decide.mockReturnValue(AuthorizeResult.CONDITIONAL);
            expect((await asUser(sample(operation))).status).toBe(403);
          });
        }

        if (operation.method !== 'get') {
          it('is in the audit log, also when it is refused', async () => {
            expect(AUDITED_OPERATIONS[id]).toBeDefined();
            api.decide.mockReturnValue(AuthorizeResult.DENY);
            await asUser(sample(operation));
            expect(api.audit.auditor.createEvent).toHaveBeenCalledWith(
              expect.objectContaining({
                eventId: AUDITED_OPERATIONS[id]!.eventId,
                meta: expect.objectContaining({
                  queryType: AUDITED_OPERATIONS[id]!.queryType,
                }),
              }),
            );
            expect(api.audit.fail).toHaveBeenCalledTimes(1);
            expect(api.audit.success).not.toHaveBeenCalled();
          });
        }
      },
    );

    describe('what is wrong with a request', () => {
      it.each([
        ['/runs?limit=501', 'limit'],
        ['/runs?limit=abc', 'limit'],
        ['/runs?state=done', 'state'],
        ['/runs?sort=name', 'sort'],
        ['/runs?cursor=', 'cursor'],
        ['/pipelines/train/versions/0', 'version'],
        ['/pipelines/train/versions/99999999999', 'version'],
        ['/runs/r1/events?after=9007199254740993', 'after'],
        ['/runs/r1/tasks/a/attempts?mapIndex=-2', 'mapIndex'],
        ['/runs/r1/tasks/a/mapped?limit=1001', 'limit'],
        ['/runs/r1/tasks/a/mapped?state=done', 'state'],
        ['/runs/r1/reports/drift.html', 'taskId'],
        [
          '/variables/a%20b',
          '"a b" is no name of a variable: it has letters, digits',
        ],
        ['/connections/-x/test', '"-x" is no name of a connection'],
        ['/attempts/x/log?limit=99999999', 'limit'],
        ['/pipelines/a%00b', 'NUL'],
      ])('GET %s is 400 and names %s', async (url, named) => {
        const { status, body } = await asUser(http().get(BASE + url));
        expect(status).toBe(400);
        expect(body.error.name).toBe('InputError');
        expect(body.error.message).toContain(named);
      });

      it.each([
        ['put', '/pipelines/train/pause', { paused: 'yes' }, 'paused'],
        ['put', '/pipelines/train/pause', {}, 'paused'],
        ['put', '/pipelines/train/pause', { paused: true, x: 1 }, 'body'],
        ['post', '/pipelines/train/runs', { params: [] }, 'params'],
        [
          'post',
          '/pipelines/train/runs',
          { logicalDate: 1e300 },
          'logicalDate',
        ],
        ['post', '/pipelines/train/runs', { note: 'a\0b' }, 'note'],
        ['post', '/runs/r1/clear', { taskIds: [] }, 'taskIds'],
        ['post', '/pipelines/train/backfills', { from: 1 }, 'to'],
        [
          'post',
          '/pipelines/train/backfills',
          { from: 1, to: 2, maxActive: 0 },
          'maxActive',
        ],
        [
          'post',
          '/pipelines/train/backfills/preview',
          { from: 1, to: 2, only: 'none' },
          'only',
        ],
        ['put', '/backfills/b1/state', { state: 'done' }, 'state'],
        ['post', '/runs/r1/clear', { mapIndices: [0] }, 'mapIndices'],
        [
          'post',
          '/runs/r1/mark',
          { taskIds: ['a', 'b'], mapIndices: [0], state: 'success' },
          'mapIndices',
        ],
        ['post', '/connections', { connId: '../x', connType: 'a' }, 'connId'],
        [
          'post',
          '/connections',
          { connId: 'x', connType: 'a', port: 0 },
          'port',
        ],
        ['put', '/variables/k', { value: 1 }, 'value'],
        ['put', '/variables/k', { value: 'x'.repeat(70_000) }, 'value'],
      ] as const)(
        '%s %s with %j is 400 and names %s',
        async (method, url, sent, named) => {
          const { status, body } = await asUser(
            http()
              [method](BASE + url)
              .send(sent),
          );
          expect(status).toBe(400);
          expect(body.error.message).toContain(named);
        },
      );

      it('is 413 with a sentence when a value has 5 MB', async () => {
        const { status, body } = await asUser(
          http()
            .put(`${BASE}/variables/k`)
            .send({ value: 'x'.repeat(5_000_000) }),
        );
        expect(status).toBe(413);
        expect(body.error.message).toMatch(/larger than 1 MiB/);
      });

      it('does not repeat a body that is no JSON: it may hold a password', async () => {
        const { status, body } = await asUser(
          http()
            .post(`${BASE}/connections`)
            .set('content-type', 'application/json')
            .send('{"password": hunter2}'),
        );
        expect(status).toBe(400);
        expect(JSON.stringify(body)).not.toContain('hunter2');
        expect(body.error.message).toContain('JSON');
      });

      it.each([
        ['/pipelines/nope', /"nope".*registered/],
        ['/pipelines/train/versions/7', /version 7/],
        ['/pipelines/nope/grid', /"nope"/],
        ['/runs/nope', /"nope".*retention/],
        ['/runs/r1/tasks/zzz/attempts', /"zzz".*a, b/],
        ['/runs/r1/tasks/zzz/mapped', /"zzz".*a, b/],
        ['/runs/nope/events', /"nope"/],
        ['/runs/nope/why', /"nope"/],
        ['/attempts/nope/log', /"nope"/],
        ['/attempts/nope/log/raw', /"nope"/],
        ['/runs/r1/reports/other?taskId=a', /"other"/],
      ])('GET %s is 404 and says what to do', async (url, message) => {
        const { status, body } = await asUser(http().get(BASE + url));
        expect(status).toBe(404);
        expect(body.error.name).toBe('NotFoundError');
        expect(body.error.message).toMatch(message);
      });
    });

    describe('writes', () => {
      it('starts a run as the person who asks, and tells a new one from one that existed', async () => {
        services.runControl.triggerRun
          .mockResolvedValueOnce({ runId: 'r1', created: true })
          .mockResolvedValueOnce({ runId: 'r1', created: false });
        const made = await client.triggerRun('train', {
          params: { n: 1 },
          runKey: 'k',
        });
        expect(made).toMatchObject({ runId: 'r1', created: true });
        expect(services.runControl.triggerRun).toHaveBeenCalledWith({
          pipeline: 'train',
          trigger: 'manual',
          params: { n: 1 },
          runKey: 'k',
          logicalDate: undefined,
          note: undefined,
          actor: 'user:default/mock',
        });
        const again = await client.triggerRun('train', { runKey: 'k' });
        expect(again.created).toBe(false);
        expect(api.audit.success).toHaveBeenCalledTimes(2);
        expect(api.audit.auditor.createEvent).toHaveBeenCalledWith(
          expect.objectContaining({
            meta: { queryType: 'trigger', name: 'train' },
          }),
        );
      });

      it('starts a run for a program by trigger "api"', async () => {
        services.runControl.triggerRun.mockResolvedValueOnce({
          runId: 'r1',
          created: true,
        });
        await http()
          .post(`${BASE}/pipelines/train/runs`)
          .set('authorization', mockCredentials.service.header())
          .send({})
          .expect(201);
        expect(services.runControl.triggerRun).toHaveBeenCalledWith(
          expect.objectContaining({
            trigger: 'api',
            actor: expect.stringMatching(/^service:/),
          }),
        );
      });

      it('hands on the problems of params, place by place', async () => {
        const problems = [
          { path: 'params.n', message: 'must be integer', expected: 'integer' },
        ];
        services.runControl.triggerRun.mockRejectedValueOnce(
          Object.assign(new InputError('The params are wrong'), { problems }),
        );
        await expect(client.triggerRun('train')).rejects.toMatchObject({
          name: 'InputError',
          message: 'The params are wrong',
          statusCode: 400,
          problems,
        });
        expect(api.audit.fail).toHaveBeenCalledTimes(1);
      });

      it('clears downstream and changes things unless told otherwise', async () => {
        services.runControl.clearTasks.mockResolvedValueOnce([
          { taskId: 'a', mapIndex: -1, state: 'failed' },
        ]);
        await expect(client.clearTasks('r1')).resolves.toEqual({
          dryRun: false,
          tasks: [{ taskId: 'a', mapIndex: -1, state: 'failed' }],
        });
        expect(services.runControl.clearTasks).toHaveBeenCalledWith(
          'r1',
          {
            taskIds: undefined,
            downstream: true,
            upstream: false,
            onlyFailed: false,
            fromFailed: false,
            dryRun: false,
          },
          'user:default/mock',
        );
      });

      it('clears in other runs too when told so', async () => {
        const others = [{ runId: 'r2', logicalDate: 5, tasks: 3 }];
        services.runControl.clearRange.mockResolvedValueOnce({
          tasks: [],
          others,
        });
        await expect(
          client.clearTasks('r1', { future: true, dryRun: true }),
        ).resolves.toEqual({ dryRun: true, tasks: [], others });
        expect(services.runControl.clearRange).toHaveBeenCalledWith(
          'r1',
          expect.objectContaining({ future: true, past: false, dryRun: true }),
          'user:default/mock',
        );
      });

      it('ends the clean-up of a run only when it is told to', async () => {
        services.runControl.cancelRun.mockResolvedValue(undefined);
        await client.cancelRun('r1');
        expect(services.runControl.cancelRun).toHaveBeenLastCalledWith(
          'r1',
          'user:default/mock',
          { force: false },
        );
        await client.cancelRun('r1', { force: true });
        expect(services.runControl.cancelRun).toHaveBeenLastCalledWith(
          'r1',
          'user:default/mock',
          { force: true },
        );
      });

      it('passes conflicts and things that are gone on as they are', async () => {
        services.connections.create.mockRejectedValueOnce(
          new ConflictError('Connection "c" exists already'),
        );
        await expect(
          client.createConnection({ connId: 'c', connType: 'http' }),
        ).rejects.toMatchObject({ statusCode: 409, name: 'ConflictError' });
        services.variables.delete.mockRejectedValueOnce(
          new NotFoundError('Variable "k" does not exist'),
        );
        await expect(client.deleteVariable('k')).rejects.toMatchObject({
          statusCode: 404,
          message: 'Variable "k" does not exist',
        });
        services.variables.delete.mockResolvedValueOnce(undefined);
        await client.deleteVariable('k');
      });

      it('does not make a variable secret or not unless asked', async () => {
        services.variables.set.mockResolvedValue({ key: 'k' });
        await client.setVariable('k', { value: '0.80' });
        expect(services.variables.set).toHaveBeenCalledWith(
          'k',
          { value: '0.80' },
          'user:default/mock',
        );
      });

      it('shows no inner detail of a failure that nobody expected', async () => {
        services.runControl.cancelRun.mockRejectedValueOnce(
          new Error('it broke'),
        );
        await expect(client.cancelRun('r1')).rejects.toMatchObject({
          statusCode: 500,
        });
        expect(api.audit.fail).toHaveBeenCalledTimes(1);
      });
    });

    describe('reads', () => {
      it('gives lists and pages', async () => {
        const { items } = await client.listPipelines();
        expect(items.map(pipeline => pipeline.name)).toEqual([
          'other',
          'train',
        ]);
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
        });
        expect(runId).toBe('r1');
        expect(services.runControl.decideApproval).toHaveBeenCalledWith(
          { runId: 'r1', taskId: 'a' },
          { decision: 'approve', input: { ticket: 'OPS-1' } },
          { actor: 'user:default/mock', ownership: ['user:default/mock'] },
        );
      });

      it('lists the questions of the runs that somebody may see', async () => {
        await seed.db.knex('waits').insert({
          run_id: (
            await seed.db.knex('runs').where({ run_id: 'r1' }).first()
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
        const first = await asUser(http().get(`${BASE}/runs/r1`)).expect(200);
        expect(first.headers['cache-control']).toBe('private, no-cache');
        await asUser(http().get(`${BASE}/runs/r1`))
          .set('If-None-Match', first.headers.etag)
          .expect(304);
        await seed.db.knex('runs').update({ note: 'changed' });
        await asUser(http().get(`${BASE}/runs/r1`))
          .set('If-None-Match', first.headers.etag)
          .expect(200);
      });

      it('lets nothing in a report run or load', async () => {
        services.artifacts.open.mockResolvedValueOnce({
          size: 25,
          stream: Readable.from(['<script>alert(1)</script>']),
        });
        const { headers, text } = await asUser(
          http().get(`${BASE}/runs/r1/reports/drift.html?taskId=a`),
        ).expect(200);
        expect(text).toBe('<script>alert(1)</script>');
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['content-security-policy']).toBe(
          "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        );
      });

      it('does not let the content type of a report speak for itself', async () => {
        await seed.db
          .knex('artifacts')
          .update({ content_type: 'text/html\r\nSet-Cookie: a=b' });
        services.artifacts.open.mockResolvedValueOnce({
          size: 1,
          stream: Readable.from(['x']),
        });
        const { headers } = await asUser(
          http().get(`${BASE}/runs/r1/reports/drift.html?taskId=a`),
        ).expect(200);
        expect(headers['content-type']).toBe('application/octet-stream');
        expect(headers['set-cookie']).toBeUndefined();
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
});
