import {
  chmod,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { givenUpOnce } from '../__testUtils__/givenUpOnce';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { CatalogErrors } from './CatalogErrors';
import { PipelineRegistry } from './PipelineRegistry';
import { PipelineVersions } from './versionFiles';

const MINUTE = 60_000;

/** A catalog with pages, which can be away. */
class FakeCatalog {
  entities: Entity[] = [];
  away = false;
  calls = 0;

  async queryEntities(request: { cursor?: string }) {
    this.calls += 1;
    if (this.away) throw new Error('connect ECONNREFUSED');
    const at = Number(request.cursor ?? 0);
    return {
      items: this.entities.slice(at, at + 2),
      totalItems: this.entities.length,
      pageInfo:
        at + 2 < this.entities.length ? { nextCursor: String(at + 2) } : {},
    };
  }
}

eachDatabase((_name, databases) => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-pipelines-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function setUp() {
    let now = 1_000_000;
    const db = await databases.open({ clock: () => now });
    const catalog = new FakeCatalog();
    const logger = mockLogger();
    const changed: string[] = [];
    const removed: number[] = [];
    const errors = new CatalogErrors({ now: () => now });
    let onError: (params: {
      topic: string;
      eventPayload: unknown;
    }) => unknown = () => {};
    await errors.subscribe({
      publish: async () => {},
      subscribe: async options => {
        onError = options.onEvent;
      },
    });
    const readTree = jest.fn();
    const make = () =>
      new PipelineRegistry({
        db,
        catalog: catalog as any,
        auth: mockServices.auth(),
        urlReader: { readTree } as any,
        logger,
        errors,
        settings: { refreshMs: 20, removeAfterMs: 15 * MINUTE },
        onPipelineChanged: async (tx, id, definition) => {
          // In the transaction: it sees what is not committed yet.
          const row = await tx('pipelines').where({ id }).first();
          expect(row.current_version_id).not.toBeNull();
          changed.push(definition.name);
        },
        onPipelineRemoved: async (_tx, id) => {
          removed.push(id);
        },
      });
    return {
      db,
      catalog,
      logger,
      changed,
      removed,
      readTree,
      registry: make(),
      another: make,
      advance: (ms: number) => {
        now += ms;
      },
      refuse: (eventPayload: unknown) =>
        onError({ topic: 'experimental.catalog.errors', eventPayload }),
    };
  }

  const yaml = (name: string, more = '') =>
    `apiVersion: maestro.dev/v1alpha1\nkind: Pipeline\nmetadata:\n  name: ${name}\n  tags: [ml]\nspec:\n  type: training\n  owner: group:default/ml\n  tasks:\n    - id: a\n      run: {command: [python, a.py]}\n${more}`;

  let stamps = 1;
  async function write(path: string, text: string) {
    const full = join(directory, path);
    await mkdir(join(full, '..'), { recursive: true });
    await writeFile(full, text);
    // Two saves within one tick of the clock of the file system.
    stamps += 1;
    await utimes(full, stamps, stamps);
  }

  function entity(
    name: string,
    change: { namespace?: string; location?: string } = {},
  ) {
    return {
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: {
        name,
        namespace: change.namespace ?? 'default',
        etag: 'e1',
        annotations: {
          'backstage.io/managed-by-location':
            change.location ?? `file:${directory}/${name}/catalog-info.yaml`,
        },
      },
      spec: {},
    } as Entity;
  }

  async function pipeline(name: string, namespace?: string) {
    await write(`${name}/catalog-info.yaml`, yaml(name));
    await write(`${name}/a.py`, 'print(1)\n');
    return entity(name, { namespace });
  }

  const row = (db: MaestroDatabase, name: string) =>
    db.knex('pipelines').where({ name }).first();
  const problems = async (db: MaestroDatabase) =>
    (await db.knex('pipeline_problems').orderBy('entity_ref')).map(
      (p: { name: string; problems: string }) => ({
        name: p.name,
        problems: JSON.parse(p.problems),
      }),
    );

  it('stores each pipeline once, over all pages, with its sources', async () => {
    const { db, catalog, registry, changed } = await setUp();
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) {
      catalog.entities.push(await pipeline(name));
    }
    await chmod(join(directory, 'p1/a.py'), 0o755);
    await write('p1/__pycache__/a.pyc', 'x');
    await write('p1/.env', 'SECRET=1');
    expect(await registry.refresh()).toEqual({
      pipelines: 5,
      changed: 5,
      problems: 0,
    });
    expect(changed).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
    expect(await registry.refresh()).toMatchObject({ changed: 0 });
    expect(await row(db, 'p1')).toMatchObject({
      entity_ref: 'pipeline:default/p1',
      owner_ref: 'group:default/ml',
      type: 'training',
      tags: '["ml"]',
      location: `file:${directory}/p1/catalog-info.yaml`,
    });
    const { current_version_id: id } = await row(db, 'p1');
    const version = await new PipelineVersions({ db }).load(Number(id));
    expect(version.definition.name).toBe('p1');
    expect(
      version.files.map(f => [f.path, f.executable, f.content.toString()]),
    ).toEqual([
      ['a.py', true, 'print(1)\n'],
      ['catalog-info.yaml', false, yaml('p1')],
    ]);
    // a.py is the same text in all of them.
    expect(await db.knex('source_blobs')).toHaveLength(6);
  });

  it('makes a new version of a local edit, and takes the old one up again', async () => {
    const { db, catalog, registry, another, changed } = await setUp();
    catalog.entities = [await pipeline('p')];
    await registry.refresh();
    const first = (await row(db, 'p')).current_version_id;
    await write('p/a.py', 'print(2)\n');
    expect(await registry.refresh()).toMatchObject({ changed: 1 });
    expect((await row(db, 'p')).current_version_id).not.toEqual(first);
    await write('p/a.py', 'print(1)\n');
    expect(await registry.refresh()).toMatchObject({ changed: 1 });
    expect((await row(db, 'p')).current_version_id).toEqual(first);
    const versions = await db.knex('pipeline_versions').orderBy('number');
    expect(versions.map(v => v.number)).toEqual([1, 2]);
    // A new process reads everything and finds nothing new.
    expect(await another().refresh()).toMatchObject({ changed: 0 });
    expect(changed).toEqual(['p', 'p', 'p']);
  });

  it('keeps the last good version of a broken one and says what is wrong', async () => {
    const { db, catalog, registry } = await setUp();
    catalog.entities = [await pipeline('p'), await pipeline('fine')];
    await registry.refresh();
    const good = (await row(db, 'p')).current_version_id;
    await write('p/catalog-info.yaml', yaml('p', '      dependsOn: [ghost]\n'));
    expect(await registry.refresh()).toMatchObject({ problems: 1 });
    // Told again while nothing changes.
    expect(await registry.refresh()).toMatchObject({ problems: 1 });
    expect((await row(db, 'p')).current_version_id).toEqual(good);
    expect(await problems(db)).toEqual([
      {
        name: 'p',
        problems: [
          expect.objectContaining({
            path: 'spec.tasks[0].dependsOn[0]',
            line: 12,
            file: `${directory}/p/catalog-info.yaml`,
          }),
        ],
      },
    ]);
    await write('p/catalog-info.yaml', yaml('p'));
    expect(await registry.refresh()).toMatchObject({ problems: 0, changed: 0 });
    expect(await problems(db)).toEqual([]);
  });

  it('refuses folders that are too large, or lead out of themselves', async () => {
    const { db, catalog, registry } = await setUp();
    catalog.entities = [await pipeline('large'), await pipeline('linked')];
    await write('large/data.bin', 'x'.repeat(21 * 1024 * 1024));
    await symlink('/etc/hostname', join(directory, 'linked/host'));
    await registry.refresh();
    expect(await problems(db)).toMatchObject([
      {
        name: 'large',
        problems: [{ message: expect.stringMatching(/data.bin 21504 KiB/) }],
      },
      {
        name: 'linked',
        problems: [{ message: expect.stringMatching(/^host is a link/) }],
      },
    ]);
    await rm(join(directory, 'linked/host'));
    await symlink('a.py', join(directory, 'linked/b.py'));
    expect(await registry.refresh()).toMatchObject({ changed: 1, problems: 1 });
  });

  it('changes nothing while the catalog is away, and tells it once', async () => {
    const { db, catalog, registry, logger, removed, advance } = await setUp();
    catalog.entities = [await pipeline('p')];
    await registry.refresh();
    catalog.away = true;
    await expect(registry.refresh()).rejects.toThrow(/ECONNREFUSED/);
    advance(60 * MINUTE);
    const before = catalog.calls;
    registry.start();
    while (catalog.calls < before + 4) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    await registry.stop();
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(await row(db, 'p')).toMatchObject({
      missing_since: null,
      removed_at: null,
    });
    expect(removed).toEqual([]);
    const stopped = catalog.calls;
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(catalog.calls).toBe(stopped);
  });

  it('follows a listing that the database gave up for somebody else', async () => {
    const { db, catalog, registry } = await setUp();
    catalog.entities = [await pipeline('p')];
    await registry.refresh();
    catalog.entities = [];
    const { transaction } = givenUpOnce(db);
    jest.spyOn(db, 'transaction').mockImplementationOnce(transaction);
    await registry.refresh();
    expect((await row(db, 'p')).missing_since).not.toBeNull();
  });

  it('removes after two listings 15 minutes apart, and brings back', async () => {
    const { db, catalog, registry, changed, removed, advance } = await setUp();
    const p = await pipeline('p');
    catalog.entities = [p];
    await registry.refresh();
    catalog.entities = [];
    await registry.refresh();
    advance(14 * MINUTE);
    await registry.refresh();
    expect((await row(db, 'p')).removed_at).toBeNull();
    expect(removed).toEqual([]);
    advance(MINUTE);
    await registry.refresh();
    await registry.refresh();
    const gone = await row(db, 'p');
    expect(gone.removed_at).not.toBeNull();
    expect(removed).toEqual([Number(gone.id)]);
    expect(changed).toEqual(['p']);
    catalog.entities = [p];
    expect(await registry.refresh()).toMatchObject({ changed: 1 });
    expect(await row(db, 'p')).toMatchObject({
      id: gone.id,
      removed_at: null,
      missing_since: null,
      current_version_id: gone.current_version_id,
    });
    expect(changed).toEqual(['p', 'p']);
  });

  it('gives a name to one pipeline only and names the rival', async () => {
    const { db, catalog, registry } = await setUp();
    const mine = await pipeline('p');
    catalog.entities = [mine];
    await registry.refresh();
    // Sorts before the one that has the name.
    catalog.entities = [mine, entity('p', { namespace: 'alpha' })];
    await registry.refresh();
    expect((await row(db, 'p')).entity_ref).toBe('pipeline:default/p');
    expect(await problems(db)).toMatchObject([
      {
        name: 'p',
        problems: [
          { message: expect.stringMatching(/belongs to pipeline:default\/p/) },
        ],
      },
    ]);
  });

  it('lists what the catalog refuses before anybody can see it', async () => {
    const { db, catalog, registry, refuse, advance } = await setUp();
    catalog.entities = [await pipeline('p')];
    refuse({
      entity: 'pipeline:default/never_valid',
      location: 'file:/r/x/catalog-info.yaml',
      errors: [
        new Error(
          'Processor PipelineValidator threw an error while preprocessing; caused by InputError: spec.tasks[0].id: no such thing',
        ),
      ],
    });
    refuse({
      entity: 'location:default/generated-1a2b',
      location: 'file:/r/all.yaml',
      errors: [
        new Error(
          'YAML error at file:/r/y/c.yaml, YAMLParseError: bad at line 3, column 5:\n\n  a: [\n',
        ),
      ],
    });
    refuse({ entity: 'component:default/c', errors: [new Error('no')] });
    refuse({ entity: 'not a ref', errors: 'x' });
    refuse(undefined);
    expect(await registry.refresh()).toMatchObject({ problems: 2 });
    expect(await problems(db)).toEqual([
      {
        name: 'y',
        problems: [
          {
            path: '',
            message: 'Not valid YAML: bad',
            file: '/r/y/c.yaml',
            line: 3,
            column: 5,
          },
        ],
      },
      {
        name: 'never_valid',
        problems: [
          {
            path: '',
            message: 'spec.tasks[0].id: no such thing',
            file: '/r/x/catalog-info.yaml',
          },
        ],
      },
    ]);
    // Deleted: the catalog says it no more.
    advance(16 * MINUTE);
    await registry.refresh();
    expect(await problems(db)).toEqual([]);
  });

  it('forgets a broken file of a location as soon as it reads the mended one', async () => {
    const { db, catalog, registry, another, refuse } = await setUp();
    catalog.entities = [await pipeline('p')];
    await registry.refresh();
    const file = `${directory}/p/catalog-info.yaml`;
    const beside = `${directory}/q/catalog-info.yaml`;
    const broken = (...files: string[]) =>
      refuse({
        entity: 'location:default/generated-1a2b',
        location: 'file:/r/all.yaml',
        errors: files.map(
          one => new Error(`YAML error at file:${one}, YAMLParseError: bad`),
        ),
      });
    broken(file, beside);
    expect(await registry.refresh()).toMatchObject({ problems: 1 });
    // The one that nobody could read is still told, the good one is not.
    expect(await problems(db)).toMatchObject([
      { name: 'q', problems: [{ file: beside }] },
    ]);
    // As a process before this one may have left it.
    await db
      .knex('pipeline_problems')
      .update({ problems: JSON.stringify([{ path: '', message: 'm', file }]) });
    broken(file);
    expect(await registry.refresh()).toMatchObject({ problems: 0 });
    expect(await problems(db)).toEqual([]);
    // Told again of what was before, as the event bus does after a restart.
    broken(file);
    expect(await another().refresh()).toMatchObject({ problems: 0 });
    expect(await problems(db)).toEqual([]);
  });

  it('shows what the catalog says of an entity whose last good state it lists', async () => {
    const { db, catalog, registry } = await setUp();
    const p = await pipeline('p');
    catalog.entities = [
      {
        ...p,
        status: {
          items: [{ type: 't', level: 'error', message: 'InputError: bad' }],
        },
      } as Entity,
    ];
    expect(await registry.refresh()).toMatchObject({ changed: 1, problems: 1 });
    expect((await problems(db))[0].problems[0].message).toBe(
      'The catalog refuses it: InputError: bad',
    );
  });

  it('reads a repository by commit, and waits when it is away', async () => {
    const { db, catalog, registry, readTree, logger } = await setUp();
    catalog.entities = [
      entity('p', {
        location: 'url:https://github.com/o/r/blob/main/p/catalog-info.yaml',
      }),
    ];
    readTree.mockRejectedValueOnce(new Error('502'));
    expect(await registry.refresh()).toMatchObject({ changed: 0, problems: 0 });
    expect(logger.warn).toHaveBeenCalledTimes(1);
    readTree.mockResolvedValueOnce({
      etag: 'c1',
      files: async () => [
        {
          path: 'catalog-info.yaml',
          content: async () => Buffer.from(yaml('p')),
        },
      ],
    });
    expect(await registry.refresh()).toMatchObject({ changed: 1 });
    expect(await db.knex('pipeline_versions').pluck('source_ref')).toEqual([
      'c1',
    ]);
    readTree.mockRejectedValueOnce(
      Object.assign(new Error('same'), { name: 'NotModifiedError' }),
    );
    expect(await registry.refresh()).toMatchObject({ changed: 0 });
    expect(readTree).toHaveBeenLastCalledWith(
      'https://github.com/o/r/tree/main/p',
      expect.objectContaining({ etag: 'c1' }),
    );
  });

  it('does it once when several ask at the same time', async () => {
    const { db, catalog, registry, another, changed } = await setUp();
    catalog.entities = [await pipeline('p')];
    await Promise.all([
      registry.refresh(),
      registry.refresh(),
      another().refresh(),
    ]);
    expect(await db.knex('pipeline_versions')).toHaveLength(1);
    expect(changed).toEqual(['p']);
  });
});
