import { mockServices } from '@backstage/backend-test-utils';
import { eachDatabase } from '../database/testing';
import { ScriptedExecutor, createTestEngine } from './testing';

eachDatabase((_name, databases) => {
  it('shows what a task wrote without its secrets, and hands it on with them', async () => {
    const db = await databases.open();
    const test = await createTestEngine(db, {
      logger: mockServices.logger.mock(),
      executor: new ScriptedExecutor(({ labels }) => ({
        result: 'success',
        exitCode: 0,
        outputs:
          labels.taskId === 'one'
            ? '{"dsn":"pg://u:s3cret@db","rows":10}'
            : undefined,
      })),
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    test.ctx.inputs.resolveForTask = async () => ({
      env: { DSN: 's3cret' },
      secrets: ['s3cret'],
      inputs: {},
    });
    try {
      await test.register('p', {
        tasks: [
          {
            id: 'one',
            connections: ['pg'],
            run: { command: ['true'] },
          },
          {
            id: 'two',
            dependsOn: ['one'],
            run: { command: ['echo', '${{ tasks.one.outputs.dsn }}'] },
          },
        ],
      });
      await test.finished(await test.trigger('p'));
      expect(await db.knex('outputs').orderBy('key')).toMatchObject([
        { key: 'dsn', value: '"pg://u:s3cret@db"', shown: '"pg://u:***@db"' },
        { key: 'rows', value: '10', shown: null },
      ]);
      expect(test.executor.launched[1].command).toEqual([
        'echo',
        'pg://u:s3cret@db',
      ]);
    } finally {
      await test.stop();
    }
  });
});
