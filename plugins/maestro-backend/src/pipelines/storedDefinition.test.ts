import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePipeline } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eachDatabase } from '../database/testing';
import { createTestEngine } from '../engine/testing';
import {
  readDefinition,
  readShownDefinition,
  writeDefinition,
} from './storedDefinition';
import { PipelineVersions } from './versionFiles';

const compiled = (more: object = {}) =>
  compilePipeline({
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'p' },
    spec: {
      type: 't',
      owner: 'group:default/team',
      tasks: [{ id: 'a', run: { command: ['true'] }, ...more }],
    },
  } as never);

it('what every build knows stands there as plain JSON', () => {
  const text = writeDefinition(compiled());
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(compiled())));
  expect(readDefinition(text)).toEqual(JSON.parse(text));
});

it('what not every build knows cannot be read by those before, and can here', () => {
  const mapped = compiled({ map: { over: '[1, 2]' } });
  const text = writeDefinition(mapped);
  expect(text).toMatch(/^needs task\.map\n\{/);
  expect(() => JSON.parse(text)).toThrow();
  expect(readDefinition(text).tasks[0].map).toEqual(mapped.tasks[0].map);
});

it('what only newer code knows is refused by name, and can be shown', () => {
  const text = `needs task.map task.soon pipeline.later\n${JSON.stringify(
    compiled(),
  )}`;
  expect(() => readDefinition(text)).toThrow(
    'it uses task.soon, pipeline.later, which this build of Maestro does not know: a newer scheduler has to run it',
  );
  expect(readShownDefinition(text).name).toBe('p');
});

it('nobody else takes the column for JSON', () => {
  const root = join(__dirname, '..');
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter(file =>
      /(json(<\w+>)?|JSON\.parse)\(\s*\w+!?\.definition\b/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
  expect(found).toEqual([]);
});

eachDatabase((_name, databases) => {
  it('a pipeline for newer code waits, and keeps nobody else from running', async () => {
    const db = await databases.open();
    const logger = mockLogger();
    const versions = new PipelineVersions({ db });
    const test = await createTestEngine(db, {
      logger,
      settings: { pollMs: 20, reconcileMs: 50 },
      versions,
    });
    await test.register('newer', {
      tasks: [{ id: 't', run: { command: ['x'] } }],
    });
    await test.register('plain', {
      tasks: [{ id: 't', run: { command: ['x'] } }],
    });
    test.executor.script = () => 'hang';
    const runId = await test.trigger('newer');
    await test.engine.idle();
    const [{ definition }] = await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: 1 });
    await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: 1 })
      .update({ definition: `needs task.soon\n${definition}` });
    await test.stop();

    const next = await createTestEngine(db, {
      logger,
      settings: { pollMs: 20, reconcileMs: 50 },
      versions: new PipelineVersions({ db }),
    });
    const plain = await next.trigger('plain');
    await next.finished(plain);
    await new Promise(resolve => setTimeout(resolve, 500));
    expect((await next.run(runId)).state).toBe('running');
    expect(next.executor.launched).toHaveLength(1);
    expect(next.engine.stalledFor()).toBeUndefined();
    await next.stop();
  });
});
