import { mockServices } from '@backstage/backend-test-utils';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type {
  PipelineSource,
  PipelineSourceReading,
  SourcedPipeline,
  SourcedProblem,
} from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { listProblems } from '../views/listProblems';
import { listSourcedPipelines } from '../views/listSourcedPipelines';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { CatalogErrors } from './CatalogErrors';
import { PipelineRegistry } from './PipelineRegistry';
import { SourceRegistry } from './SourceRegistry';
import { PipelineVersions } from './versionFiles';

const MINUTE = 60_000;

const definition = (name: string): PipelineDefinition => ({
  formatVersion: 1,
  name,
  owner: 'group:default/ml-team',
  type: 'airflow',
  tags: ['ml'],
  schedules: [],
  maxActiveRuns: 16,
  tasks: [
    {
      no: 0,
      id: 'a',
      kind: 'run',
      upstream: [],
      downstream: [],
      triggerRule: 'all_success',
      retries: 0,
      retryDelayMs: 1,
      retryBackoff: 'fixed',
      maxRetryDelayMs: 1,
      priority: 1,
      executor: 'airflow',
      connections: [],
      variables: [],
    },
  ],
});

/** A source whose content a test says. */
class FakeSource implements PipelineSource {
  readonly intervalMs = 20;
  content: PipelineSourceReading = { pipelines: [], problems: [] };
  away = false;
  filesRead = 0;
  reads = 0;

  /** Said before the content, one a reading. */
  parts: PipelineSourceReading[] = [];

  constructor(readonly place: string) {}

  async read(): Promise<PipelineSourceReading> {
    this.reads += 1;
    const part = this.parts.shift();
    if (part) return { ...part, unfinished: { done: 1, total: 2 } };
    if (this.away) throw new Error('the folder is away');
    return this.content;
  }

  async stop() {}

  pipeline(
    name: string,
    text = 'one',
    change: Partial<SourcedPipeline> = {},
  ): SourcedPipeline {
    return {
      definition: definition(name),
      location: `${this.place}${name}.py`,
      signature: text,
      files: async () => {
        this.filesRead += 1;
        return [{ path: `${name}.py`, content: Buffer.from(text) }];
      },
      ...change,
    };
  }

  problem(file: string, message: string, pipeline?: string): SourcedProblem {
    return {
      location: `${this.place}${file}`,
      pipeline,
      problem: { path: '', message, file: `/dags/${file}`, line: 3 },
    };
  }
}

eachDatabase((_name, databases) => {
  async function setUp() {
    let now = 1_000_000;
    const db = await databases.open({ clock: () => now });
    const logger = mockLogger();
    const changed: string[] = [];
    const removed: number[] = [];
    const source = new FakeSource('airflow:ml/');
    const other = new FakeSource('airflow:other/');
    const hooks = {
      onPipelineChanged: async (
        _tx: unknown,
        _id: number,
        d: PipelineDefinition,
      ) => {
        changed.push(d.name);
      },
      onPipelineRemoved: async (_tx: unknown, id: number) => {
        removed.push(id);
      },
    };
    const make = () =>
      new SourceRegistry({
        db,
        sources: [source, other],
        logger,
        removeAfterMs: 15 * MINUTE,
        ...hooks,
      });
    const entities: object[] = [];
    const catalogRegistry = new PipelineRegistry({
      db,
      catalog: {
        queryEntities: async () => ({
          items: entities,
          totalItems: entities.length,
          pageInfo: {},
        }),
      } as any,
      auth: mockServices.auth(),
      urlReader: {} as any,
      logger,
      errors: new CatalogErrors({ now: () => now }),
      settings: { refreshMs: 20, removeAfterMs: 15 * MINUTE },
      sourcePlaces: [source.place, other.place],
      ...hooks,
    });
    return {
      db,
      logger,
      changed,
      removed,
      source,
      other,
      registry: make(),
      another: make,
      entities,
      catalogRegistry,
      advance: (ms: number) => {
        now += ms;
      },
    };
  }
  const views = (db: MaestroDatabase) => ({
    db,
    versions: new VersionFactsCache(db),
    ownerSlots: undefined as never,
  });
  const row = (db: MaestroDatabase, name: string) =>
    db.knex('pipelines').where({ name }).first();

  it('stores what a source has, once, with its files', async () => {
    const { db, source, registry, another, changed } = await setUp();
    source.content.pipelines = [
      source.pipeline('p', 'one', { title: 'P', ref: async () => 'abc' }),
    ];
    expect(await registry.refresh()).toEqual({
      pipelines: 1,
      changed: 1,
      problems: 0,
    });
    expect(await registry.refresh()).toMatchObject({ changed: 0 });
    // What did not change is not read again.
    expect(source.filesRead).toBe(1);
    expect(await row(db, 'p')).toMatchObject({
      entity_ref: 'pipeline:default/p',
      owner_ref: 'group:default/ml-team',
      title: 'P',
      location: 'airflow:ml/p.py',
    });
    const { current_version_id: id } = await row(db, 'p');
    const { files } = await new PipelineVersions({ db }).load(Number(id));
    expect(files.map(f => [f.path, f.content.toString()])).toEqual([
      ['p.py', 'one'],
    ]);
    // A new process reads everything and finds nothing new.
    expect(await another().refresh()).toMatchObject({ changed: 0 });
    expect(changed).toEqual(['p']);
    expect(
      await listSourcedPipelines(views(db), ['airflow:ml/']),
    ).toMatchObject([{ name: 'p', location: 'airflow:ml/p.py', tags: ['ml'] }]);
    expect(await listSourcedPipelines(views(db), [])).toEqual([]);
  });

  it('makes a new version of other files, and waits while they change', async () => {
    const { db, source, registry } = await setUp();
    source.content.pipelines = [source.pipeline('p', 'one')];
    await registry.refresh();
    source.content.pipelines = [
      source.pipeline('p', 'two', { files: async () => undefined }),
    ];
    expect(await registry.refresh()).toMatchObject({ changed: 0 });
    source.content.pipelines = [source.pipeline('p', 'two')];
    expect(await registry.refresh()).toMatchObject({ changed: 1 });
    expect(await db.knex('pipeline_versions')).toHaveLength(2);
  });

  it('keeps the last good version of a broken file, and says what is wrong', async () => {
    const { db, source, registry, removed, advance } = await setUp();
    source.content.pipelines = [source.pipeline('p'), source.pipeline('q')];
    await registry.refresh();
    source.content = {
      pipelines: [source.pipeline('q')],
      problems: [source.problem('p.py', 'SyntaxError')],
    };
    expect(await registry.refresh()).toMatchObject({ problems: 1 });
    advance(60 * MINUTE);
    await registry.refresh();
    expect(removed).toEqual([]);
    expect(await listProblems(views(db))).toEqual([
      {
        name: 'p',
        entityRef: 'pipeline:default/p',
        location: 'airflow:ml/p.py',
        since: 1_000_000,
        problems: [
          {
            path: '',
            message: 'SyntaxError',
            file: '/dags/p.py',
            line: 3,
          },
        ],
        lastGoodVersion: 1,
      },
    ]);
    source.content = {
      pipelines: [source.pipeline('p'), source.pipeline('q')],
      problems: [],
    };
    await registry.refresh();
    expect(await listProblems(views(db))).toEqual([]);
  });

  it('says what is wrong with what was never good, by its file', async () => {
    const { db, source, registry } = await setUp();
    source.content.problems = [
      source.problem('sub/x.py', 'SyntaxError'),
      source.problem('sub/x.py', 'its timetable', 'dag_x'),
    ];
    await registry.refresh();
    expect(
      (await listProblems(views(db))).map(p => [p.name, p.problems.length]),
    ).toEqual([
      ['dag_x', 1],
      ['sub/x.py', 1],
    ]);
    expect(await db.knex('pipelines')).toEqual([]);
  });

  it('takes a pipeline of which something is wrong all the same, and says it', async () => {
    const { db, source, registry } = await setUp();
    source.content = {
      pipelines: [source.pipeline('p')],
      problems: [source.problem('p.py', 'its timetable', 'p')],
    };
    expect(await registry.refresh()).toEqual({
      pipelines: 1,
      changed: 1,
      problems: 1,
    });
    expect(await listProblems(views(db))).toMatchObject([
      { entityRef: 'pipeline:default/p', lastGoodVersion: 1 },
    ]);
  });

  it('removes what is gone only after a while, and takes it up again', async () => {
    const { db, source, registry, removed, advance, changed } = await setUp();
    source.content.pipelines = [source.pipeline('p')];
    await registry.refresh();
    source.content.pipelines = [];
    await registry.refresh();
    expect((await row(db, 'p')).missing_since).not.toBeNull();
    expect(removed).toEqual([]);
    advance(15 * MINUTE);
    await registry.refresh();
    expect(removed).toHaveLength(1);
    expect(await listSourcedPipelines(views(db), ['airflow:ml/'])).toEqual([]);
    source.content.pipelines = [source.pipeline('p')];
    await registry.refresh();
    expect((await row(db, 'p')).removed_at).toBeNull();
    expect(changed).toEqual(['p', 'p']);
  });

  it('takes a name in another case as a new one, in place of the old', async () => {
    const { db, source, registry, another, removed, changed } = await setUp();
    source.content.pipelines = [source.pipeline('ETL')];
    await registry.refresh();
    const { id } = await row(db, 'ETL');
    source.content.pipelines = [source.pipeline('etl')];
    expect(await registry.refresh()).toMatchObject({ changed: 1, problems: 0 });
    // At once: both would run, and both are one entity.
    expect(removed).toEqual([Number(id)]);
    expect((await row(db, 'ETL')).removed_at).not.toBeNull();
    expect(
      (await listSourcedPipelines(views(db), ['airflow:ml/'])).map(p => p.name),
    ).toEqual(['etl']);
    expect(await registry.refresh()).toMatchObject({ changed: 0 });
    expect(await another().refresh()).toMatchObject({ changed: 0 });
    source.content.pipelines = [source.pipeline('ETL')];
    await registry.refresh();
    expect(removed).toHaveLength(2);
    expect((await row(db, 'ETL')).removed_at).toBeNull();
    expect((await row(db, 'etl')).removed_at).not.toBeNull();
    expect(changed).toEqual(['ETL', 'etl', 'ETL']);
  });

  it('keeps the old name until the new one is stored', async () => {
    const { db, source, registry, removed } = await setUp();
    source.content.pipelines = [source.pipeline('ETL')];
    await registry.refresh();
    source.content.pipelines = [
      source.pipeline('etl', 'one', { files: async () => undefined }),
    ];
    await registry.refresh();
    expect(removed).toEqual([]);
    expect((await row(db, 'ETL')).removed_at).toBeNull();
  });

  it.each<[string, string[], string[]]>([
    ['the first', [], ['etl', 'ETL']],
    ['the one that is there', ['etl'], ['ETL', 'etl']],
  ])(
    'takes of two names that differ in case %s, and says it of the other',
    async (_which, before, names) => {
      const { db, source, registry, changed } = await setUp();
      source.content.pipelines = before.map(name => source.pipeline(name));
      await registry.refresh();
      source.content.pipelines = names.map(name => source.pipeline(name));
      await registry.refresh();
      expect(await registry.refresh()).toMatchObject({
        changed: 0,
        problems: 1,
      });
      expect(changed).toEqual(['etl']);
      expect((await row(db, 'etl')).missing_since).toBeNull();
      expect(await row(db, 'ETL')).toBeUndefined();
      expect(await listProblems(views(db))).toMatchObject([
        {
          name: 'ETL',
          location: 'airflow:ml/ETL.py',
          problems: [
            {
              message:
                'The name "ETL" differs from "etl" (airflow:ml/etl.py) only in case, and both would be pipeline:default/etl',
            },
          ],
        },
      ]);
    },
  );

  it('changes nothing for a source that is away, and goes on with others', async () => {
    const { db, source, other, registry, removed, advance, logger } =
      await setUp();
    source.content.pipelines = [source.pipeline('p')];
    other.content.pipelines = [other.pipeline('o')];
    await registry.refresh();
    source.away = true;
    advance(60 * MINUTE);
    other.content.pipelines = [other.pipeline('o', 'two')];
    await expect(registry.refresh()).rejects.toThrow('the folder is away');
    await expect(registry.refresh()).rejects.toThrow('the folder is away');
    expect(removed).toEqual([]);
    expect((await row(db, 'p')).missing_since).toBeNull();
    expect(await db.knex('pipeline_versions')).toHaveLength(3);
    expect(logger.warn.mock.calls).toEqual([
      [expect.stringContaining('airflow:ml/ wait: the folder is away')],
    ]);
    expect(await listProblems(views(db))).toMatchObject([
      {
        name: 'airflow:ml/',
        problems: [{ message: 'Nothing of it is read: the folder is away' }],
      },
    ]);
    source.away = false;
    await registry.refresh();
    expect(await listProblems(views(db))).toEqual([]);
  });

  it('stores parts as they come, and takes nothing for gone before the end', async () => {
    const { db, source, registry, removed, advance } = await setUp();
    const [a, b] = [source.pipeline('a'), source.pipeline('b')];
    source.content = {
      pipelines: [a],
      problems: [source.problem('x.py', 'SyntaxError')],
    };
    await registry.refresh();
    advance(60 * MINUTE);
    source.parts = [{ pipelines: [b], problems: [] }];
    source.away = true;
    await expect(registry.refresh()).rejects.toThrow('away');
    expect((await row(db, 'b')).removed_at).toBeNull();
    expect((await row(db, 'a')).missing_since).toBeNull();
    expect((await listProblems(views(db))).map(({ name }) => name)).toEqual([
      'airflow:ml/',
      'x.py',
    ]);
    source.away = false;
    source.content = { pipelines: [a, b], problems: [] };
    source.parts = [{ pipelines: [], problems: [] }];
    const { filesRead } = source;
    expect(await registry.refresh()).toEqual({
      pipelines: 2,
      changed: 0,
      problems: 0,
    });
    // What no part has named is not stored again when the whole has it.
    expect(source.filesRead).toBe(filesRead);
    expect(await listProblems(views(db))).toEqual([]);
    expect(removed).toEqual([]);
  });

  it('counts what is missing from the whole, and not from its parts', async () => {
    const { db, source, registry, advance } = await setUp();
    const [a, b] = [source.pipeline('a'), source.pipeline('b')];
    source.content = { pipelines: [a, b], problems: [] };
    await registry.refresh();
    source.content = { pipelines: [b], problems: [] };
    for (let look = 0; look < 2; look += 1) {
      source.parts = [
        { pipelines: [], problems: [] },
        { pipelines: [b], problems: [] },
      ];
      await registry.refresh();
      expect((await row(db, 'b')).missing_since).toBeNull();
      advance(20 * MINUTE);
    }
    expect((await row(db, 'a')).removed_at).not.toBeNull();
  });

  it('leaves the name to the one that has it: two sources, and the catalog', async () => {
    const { db, source, other, registry, entities, catalogRegistry, changed } =
      await setUp();
    source.content.pipelines = [source.pipeline('p')];
    await registry.refresh();
    other.content.pipelines = [other.pipeline('p')];
    await registry.refresh();
    entities.push({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'p', namespace: 'default', etag: '1' },
      spec: {
        type: 'x',
        owner: 'group:default/x',
        tasks: [{ id: 'a', run: { command: ['true'] } }],
      },
    });
    await catalogRegistry.refresh();
    expect(changed).toEqual(['p']);
    expect(await row(db, 'p')).toMatchObject({ location: 'airflow:ml/p.py' });
    const problems = await listProblems(views(db));
    expect(problems.map(p => p.problems[0].message)).toEqual([
      expect.stringContaining(
        'belongs to pipeline:default/p (airflow:ml/p.py)',
      ),
      expect.stringContaining(
        'belongs to pipeline:default/p (airflow:ml/p.py)',
      ),
    ]);
  });

  it('is none of the business of the catalog, nor are its entities', async () => {
    const {
      db,
      source,
      registry,
      entities,
      catalogRegistry,
      removed,
      advance,
    } = await setUp();
    source.content = {
      pipelines: [source.pipeline('p')],
      problems: [source.problem('x.py', 'SyntaxError')],
    };
    await registry.refresh();
    entities.push({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: {
        name: 'p',
        namespace: 'default',
        etag: '1',
        annotations: { 'maestro.dev/pipeline-source': 'airflow:ml/p.py' },
      },
      spec: { type: 'airflow', owner: 'group:default/ml-team' },
    });
    await catalogRegistry.refresh();
    advance(60 * MINUTE);
    await catalogRegistry.refresh();
    advance(60 * MINUTE);
    await catalogRegistry.refresh();
    expect(removed).toEqual([]);
    expect(await listProblems(views(db))).toMatchObject([
      { name: 'x.py', problems: [{ message: 'SyntaxError' }] },
    ]);
  });

  const until = async (isSo: () => boolean) => {
    const end = Date.now() + 60_000;
    while (!isSo() && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    expect(isSo()).toBe(true);
  };

  it('says once that what a source has cannot be kept, and that it can again', async () => {
    const { db, source, other, registry, logger } = await setUp();
    source.content.problems = [source.problem('x.py', 'SyntaxError')];
    const transaction = jest
      .spyOn(db, 'transaction')
      .mockRejectedValue(new Error('the disk is full'));
    registry.start();
    // Each by itself: one may wait for the database for longer.
    await until(() => source.reads > 4 && other.reads > 4);
    // Whichever source the database answers first.
    expect(logger.warn.mock.calls.flat().sort()).toEqual([
      expect.stringContaining('airflow:ml/ were not kept: the disk is full'),
      expect.stringContaining('airflow:other/ were not kept: the disk is full'),
    ]);
    transaction.mockRestore();
    await until(() => logger.info.mock.calls.length > 1);
    await registry.stop();
    expect(await listProblems(views(db))).toMatchObject([
      { problems: [{ message: 'SyntaxError' }] },
    ]);
  });

  it('does not ask the store each time about a source that says the same', async () => {
    const { db, source, other, registry, changed } = await setUp();
    source.content.pipelines = [source.pipeline('p')];
    let statements = 0;
    registry.start();
    // What the first readings of both have said is stored.
    await until(() => source.reads > 3 && other.reads > 1);
    db.knex.on('query', () => {
      statements += 1;
    });
    const before = source.reads;
    await until(() => source.reads > before + 5);
    expect(statements).toBe(0);
    source.content.pipelines = [source.pipeline('p', 'two')];
    await until(() => changed.length > 1);
    await registry.stop();
    expect(statements).toBeGreaterThan(0);
  });

  it('looks by itself, and stops', async () => {
    const { source, registry, changed } = await setUp();
    source.content.pipelines = [source.pipeline('p')];
    registry.start();
    const end = Date.now() + 60_000;
    while (changed.length === 0 && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    await registry.stop();
    expect(changed).toEqual(['p']);
  });
});
