import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { getPipeline } from './getPipeline';
import { getPipelineVersion } from './getPipelineVersion';
import { listProblems } from './listProblems';

eachDatabase((_name, databases) => {
  describe('views of one pipeline', () => {
    let seed: StoreSeed;
    const problem = (name: string, message: string) =>
      seed.db.knex('pipeline_problems').insert({
        entity_ref: `pipeline:default/${name}`,
        name,
        location: `file:/x/${name}.yaml`,
        problems: JSON.stringify([{ path: 'spec.tasks', message }]),
        since: 3,
        seen_at: 4,
      });

    beforeEach(async () => {
      seed = new StoreSeed(await databases.open({ clock: () => 0 }));
    });

    it('shows the next due times of all schedules in one row', async () => {
      const every = (id: string, everyMs: number) => ({
        id,
        everyMs,
        timezone: 'UTC',
        catchup: false,
      });
      await seed.pipeline(
        definitionOf('a', ['x'], {
          schedules: [every('slow', 5_000), every('fast', 2_000)],
        }),
        { location: 'url:https://example.org/a.yaml' },
      );
      const pipeline = await getPipeline(seed.views(), 'a');
      expect(pipeline.nextDueTimes).toEqual([2000, 4000, 5000, 6000, 8000]);
      expect(pipeline).toMatchObject({
        location: 'url:https://example.org/a.yaml',
        sourceRef: 'commit-1',
        problems: undefined,
      });
    });

    it('keeps the last good version beside what is wrong now', async () => {
      await seed.pipeline(definitionOf('a', ['x']));
      await problem('a', 'unknown upstream');
      const pipeline = await getPipeline(seed.views(), 'a');
      expect(pipeline.versionNumber).toBe(1);
      expect(pipeline.problems).toEqual([
        { path: 'spec.tasks', message: 'unknown upstream' },
      ]);
    });

    it('says what is wrong with a pipeline that never was valid', async () => {
      await problem('broken', 'cycle: x → x');
      await expect(getPipeline(seed.views(), 'broken')).rejects.toMatchObject({
        name: 'NotFoundError',
        message: expect.stringContaining('cycle: x → x'),
      });
    });

    it('lists problems by name, with the version that still runs', async () => {
      await seed.pipeline(definitionOf('b', ['x']));
      await problem('b', 'bad cron');
      await problem('a', 'no tasks');
      await expect(listProblems(seed.views())).resolves.toEqual([
        {
          name: 'a',
          entityRef: 'pipeline:default/a',
          location: 'file:/x/a.yaml',
          since: 3,
          problems: [{ path: 'spec.tasks', message: 'no tasks' }],
          lastGoodVersion: undefined,
        },
        expect.objectContaining({ name: 'b', lastGoodVersion: 1 }),
      ]);
    });

    it('shows sources as they were pinned: text as text, other files by size', async () => {
      const { versionId } = await seed.pipeline(definitionOf('a', ['x']));
      const file = async (path: string, content: Buffer) => {
        await seed.db
          .knex('source_blobs')
          .insert({ hash: `h-${path}`, size: content.length, content });
        await seed.db.knex('version_files').insert({
          version_id: versionId,
          path,
          blob_hash: `h-${path}`,
        });
      };
      await file('train.py', Buffer.from('print("ü")\n'));
      await file('model.bin', Buffer.from([0xff, 0xfe]));
      await file('nul.txt', Buffer.from('a\0b'));
      await file('huge.csv', Buffer.alloc(1024 * 1024 + 1, 'x'));
      await file('empty', Buffer.alloc(0));
      const version = await getPipelineVersion(seed.views(), 'a', 1);
      expect(version.files).toEqual([
        { path: 'empty', size: 0, content: '' },
        { path: 'huge.csv', size: 1024 * 1024 + 1, content: undefined },
        { path: 'model.bin', size: 2, content: undefined },
        { path: 'nul.txt', size: 3, content: undefined },
        { path: 'train.py', size: 12, content: 'print("ü")\n' },
      ]);
    });
  });
});
