import { mockCredentials } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { OPERATION_PERMISSIONS } from '@maestro/plugin-maestro-common';
import { eachDatabase } from '../database/testing';
import { API_PATH, seededApi } from './__testUtils__/seededApi';
import { AUDITED_OPERATIONS } from './auditedOperations';
import { operations } from './createRouter';

const ALL = operations();

eachDatabase((_name, databases) => {
  describe('the HTTP API', () => {
    const { api, asUser, http, services } = seededApi(databases);

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
        .replace('{pool}', 'gpu')
        .replace('{webhookId}', 'deploy');
      const queries: Record<string, string> = {
        getReport: '?taskId=a',
        downloadOutput: '?taskId=a&key=k',
        listAssetState: '?asset=drift',
      };
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
        setPool: { slots: 1 },
        emitAssetEvent: { asset: 'drift' },
      };
      return http()
        [method](`${API_PATH}${url}${queries[id] ?? ''}`)
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
        ['/runs/r1/outputs/value?taskId=a', 'key'],
        ['/runs/r1/outputs/value?taskId=a&key=k&mapIndex=-2', 'mapIndex'],
        [
          '/variables/a%20b',
          '"a b" is no name of a variable: it has letters, digits',
        ],
        ['/pools/-x', '"-x" is no name of a pool'],
        ['/connections/-x/test', '"-x" is no name of a connection'],
        ['/attempts/x/log?limit=99999999', 'limit'],
        ['/pipelines/a%00b', 'NUL'],
      ])('GET %s is 400 and names %s', async (url, named) => {
        const { status, body } = await asUser(http().get(API_PATH + url));
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
        ['put', '/pools/gpu', { slots: -1 }, 'slots'],
        ['put', '/pools/gpu', { slots: 1.5 }, 'slots'],
        ['put', '/pools/gpu', { slots: 1_000_001 }, 'slots'],
        ['put', '/pools/gpu', {}, 'slots'],
        ['put', '/variables/k', { value: 'x'.repeat(70_000) }, 'value'],
      ] as const)(
        '%s %s with %j is 400 and names %s',
        async (method, url, sent, named) => {
          const { status, body } = await asUser(
            http()
              [method](API_PATH + url)
              .send(sent),
          );
          expect(status).toBe(400);
          expect(body.error.message).toContain(named);
        },
      );

      it('is 413 with a sentence when a value has 5 MB', async () => {
        const { status, body } = await asUser(
          http()
            .put(`${API_PATH}/variables/k`)
            .send({ value: 'x'.repeat(5_000_000) }),
        );
        expect(status).toBe(413);
        expect(body.error.message).toMatch(/larger than 1 MiB/);
      });

      it('does not repeat a body that is no JSON: it may hold a password', async () => {
        const { status, body } = await asUser(
          http()
            .post(`${API_PATH}/connections`)
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
        const { status, body } = await asUser(http().get(API_PATH + url));
        expect(status).toBe(404);
        expect(body.error.name).toBe('NotFoundError');
        expect(body.error.message).toMatch(message);
      });
    });
  });
});
