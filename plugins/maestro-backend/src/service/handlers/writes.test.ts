import { mockCredentials } from '@backstage/backend-test-utils';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { eachDatabase } from '../../database/testing';
import { API_PATH, seededApi } from '../__testUtils__/seededApi';

eachDatabase((_name, databases) => {
  describe('writes of the HTTP API', () => {
    const { api, client, http, services } = seededApi(databases);

    it('starts a run as the person who asks, and tells a new one from one that existed', async () => {
      services.runControl.triggerRun
        .mockResolvedValueOnce({ runId: 'r1', created: true })
        .mockResolvedValueOnce({ runId: 'r1', created: false });
      const made = await client.triggerRun('train', {
        params: { n: 1 },
        runKey: 'k',
        sla: true,
      });
      expect(made).toMatchObject({ runId: 'r1', created: true });
      expect(services.runControl.triggerRun).toHaveBeenCalledWith({
        pipeline: 'train',
        trigger: 'manual',
        params: { n: 1 },
        runKey: 'k',
        logicalDate: undefined,
        note: undefined,
        sla: true,
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
        .post(`${API_PATH}/pipelines/train/runs`)
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

    it('deletes a pool that tasks name only when it is forced', async () => {
      services.pools.set.mockResolvedValue({ name: 'gpu' });
      await client.setPool('gpu', { slots: 2 });
      expect(services.pools.set).toHaveBeenCalledWith('gpu', { slots: 2 });
      services.pools.delete
        .mockRejectedValueOnce(
          new ConflictError('Pool "gpu" is named by "train/fit"'),
        )
        .mockResolvedValueOnce(undefined);
      await expect(client.deletePool('gpu')).rejects.toMatchObject({
        statusCode: 409,
        message: 'Pool "gpu" is named by "train/fit"',
      });
      await client.deletePool('gpu', { force: true });
      expect(services.pools.delete.mock.calls).toEqual([
        ['gpu', { force: false }],
        ['gpu', { force: true }],
      ]);
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
});
