import { ExecutorError } from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { InputError } from '@backstage/errors';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { hiddenParts } from './maskValue';
import { ScriptedExecutor, createTestEngine } from './testing';

eachDatabase((_name, databases) => {
  it('shows what a task wrote without its secrets, and hands it on with them', async () => {
    const db = await databases.open();
    const test = await createTestEngine(db, {
      logger: mockLogger(),
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

  it('shows why a launch failed without the secrets that its templates were filled with', async () => {
    const db = await databases.open();
    const executor = new ScriptedExecutor();
    executor.launch = async () => {
      throw new ExecutorError('exit_code', 'KeyError: "s3cret" is not there');
    };
    const test = await createTestEngine(db, {
      logger: mockLogger(),
      executor,
      settings: { pollMs: 20, reconcileMs: 100 },
    });
    test.ctx.inputs.resolveForTask = async () => ({
      env: { DSN: 's3cret' },
      secrets: ['s3cret'],
      inputs: {},
    });
    try {
      await test.register('p', {
        tasks: [{ id: 'one', connections: ['pg'], run: { command: ['true'] } }],
      });
      await test.finished(await test.trigger('p'));
      const [attempt] = await db.knex('attempts');
      expect(attempt).toMatchObject({
        failure: 'exit_code',
        message: 'KeyError: "***" is not there',
      });
      const kept = [
        await db.table(db.knex, 'task_instances'),
        await db.table(db.knex, 'events'),
      ];
      expect(JSON.stringify(kept)).toContain('***');
      expect(JSON.stringify(kept)).not.toContain('s3cret');
    } finally {
      await test.stop();
    }
  });

  describe('an output with a secret in it', () => {
    const start = async () => {
      const db = await databases.open();
      const test = await createTestEngine(db, {
        logger: mockLogger(),
        executor: new ScriptedExecutor(({ labels }) => ({
          result: 'success',
          exitCode: 0,
          outputs:
            labels.taskId === 'one'
              ? '{"dsn":"pg://u:s3cret@db","pin":4711471,"rows":10}'
              : undefined,
        })),
        settings: { pollMs: 20, reconcileMs: 100 },
      });
      test.ctx.inputs.resolveForTask = async () => ({
        env: { DSN: 's3cret' },
        secrets: ['s3cret', '4711471'],
        inputs: {},
      });
      return { db, test };
    };
    const one = { id: 'one', connections: ['pg'], run: { command: ['true'] } };

    it('is hidden in what is kept of a later task that gets it, and in its log', async () => {
      const { db, test } = await start();
      try {
        await test.register('p', {
          tasks: [
            one,
            {
              id: 'two',
              dependsOn: ['one'],
              run: {
                command: ['echo', '${{ tasks.one.outputs.dsn }}'],
                env: { PIN: '${{ tasks.one.outputs.pin }}' },
              },
            },
          ],
        });
        await test.finished(await test.trigger('p'));
        expect(test.executor.launched[1].env.PIN).toBe('4711471');
        expect(test.executor.launched[1].secretArguments).toEqual([1]);
        const [, two] = await db.knex('attempts').orderBy('id');
        expect(JSON.parse(two.command)).toEqual(['echo', 'pg://u:***@db']);
        expect(JSON.parse(two.env).PIN).toBe('***');
        expect(JSON.parse(two.masks)).toEqual(['s3cret', '4711471']);
      } finally {
        await test.stop();
      }
    });

    it('is hidden in the event of a branch that asks for it', async () => {
      const { db, test } = await start();
      try {
        await test.register('p', {
          tasks: [
            one,
            {
              id: 'gate',
              dependsOn: ['one'],
              branch: {
                if: 'tasks.one.outputs.dsn.contains("s3cret") && tasks.one.outputs.pin > 0.0',
                then: ['two'],
                else: [],
              },
            },
            { id: 'two', dependsOn: ['gate'], run: { command: ['true'] } },
          ],
        });
        const runId = await test.trigger('p');
        await test.finished(runId);
        expect((await test.states(runId)).two).toBe('success');
        const [{ body }] = await db.knex('events').where({ type: 'branch' });
        expect(JSON.parse(body).values).toEqual({
          'tasks.one.outputs.dsn': 'pg://u:***@db',
          'tasks.one.outputs.pin': '***',
          'tasks.one.outputs.rows': 10,
        });
      } finally {
        await test.stop();
      }
    });

    it('is not shown at all when nobody knows any more what must be hidden', async () => {
      const { db, test } = await start();
      test.ctx.inputs.openMasks = () => {
        throw new InputError('the key "k1" is not configured');
      };
      try {
        await test.register('p', { tasks: [one] });
        const runId = await test.trigger('p');
        expect((await test.finished(runId)).state).toBe('success');
        const rows = await db.knex('outputs').orderBy('key');
        expect(rows.map(row => row.value)).toContain('"pg://u:s3cret@db"');
        for (const { shown } of rows) {
          expect(shown).toContain('the key \\"k1\\" is not configured');
        }
      } finally {
        await test.stop();
      }
    });
  });
});

it.each([
  ['"pg://u:s3cret@db"', '"pg://u:***@db"', ['s3cret']],
  ['{"a":["x","y1y2"],"n":7}', '{"a":["x","***y2"],"n":7}', ['y1']],
  ['{"a":"one two"}', '{"a":"*** ***"}', ['one', 'two']],
  ['4711', '"***"', ['4711']],
  // A key that was a secret, or a text that holds the mask itself.
  ['{"key":1}', '{"***":1}', ['key']],
  ['{"a":["x",{"b":"y"}]}', '"not shown"', ['x', 'y']],
  ['"***s3cret"', '"******"', ['***s3cret']],
])('of %s shown as %s is hidden: %j', (value, shown, parts) => {
  expect(hiddenParts(JSON.parse(value), JSON.parse(shown))).toEqual(parts);
});
