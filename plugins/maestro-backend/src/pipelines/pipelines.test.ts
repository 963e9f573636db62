import fc from 'fast-check';
import type { Entity } from '@backstage/catalog-model';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { readPipeline } from './pipelineDocument';
import { decideRemoval } from './removal';
import { folderOf, readRemoteTree } from './sources/remoteTree';
import { canonicalJson, versionHash } from './versionHash';

const MINUTE = 60_000;

describe('decideRemoval', () => {
  const decide = (facts: Partial<Parameters<typeof decideRemoval>[0]>) =>
    decideRemoval({
      listed: false,
      missingSince: undefined,
      removedAt: undefined,
      now: 100 * MINUTE,
      removeAfterMs: 15 * MINUTE,
      ...facts,
    });

  it('removes at the second listing without it that is 15 minutes later', () => {
    expect(decide({})).toBe('missing');
    expect(decide({ missingSince: 85 * MINUTE + 1 })).toBe('none');
    expect(decide({ missingSince: 85 * MINUTE })).toBe('remove');
    expect(decide({ missingSince: 1, removedAt: 2 })).toBe('none');
  });

  it('brings back what is listed again', () => {
    expect(decide({ listed: true })).toBe('none');
    expect(decide({ listed: true, missingSince: 1 })).toBe('restore');
    expect(decide({ listed: true, missingSince: 1, removedAt: 2 })).toBe(
      'restore',
    );
  });

  it('never removes by one listing, whatever happened before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 50 }), listings => {
        let missingSince: number | undefined;
        let removedAt: number | undefined;
        let inARow = 0;
        for (const [i, listed] of listings.entries()) {
          const now = i * 10 * MINUTE;
          inARow = listed ? 0 : inARow + 1;
          const decision = decide({ listed, missingSince, removedAt, now });
          if (decision === 'missing') missingSince = now;
          if (decision === 'remove') removedAt = now;
          if (decision === 'restore') {
            missingSince = undefined;
            removedAt = undefined;
          }
          expect(removedAt !== undefined).toBe(inARow >= 3);
        }
      }),
    );
  });
});

describe('versionHash', () => {
  const definition = { name: 'p', tasks: [{ id: 'a', no: 0 }] };
  const hash = (d: object, files: object[] = []) =>
    versionHash(d as PipelineDefinition, files as any);
  const file = { path: 'a.py', hash: '1', executable: false };

  it('is the same for another order of keys and files, and absent fields', () => {
    const other = { tasks: [{ no: 0, id: 'a', pool: undefined }], name: 'p' };
    expect(hash(definition)).toBe(hash(other));
    const second = { ...file, path: 'b.py' };
    expect(hash(definition, [file, second])).toBe(
      hash(definition, [second, file]),
    );
  });

  it('is another one for each change that could change a run', () => {
    const hashes = [
      hash(definition),
      hash({ ...definition, name: 'q' }),
      hash({ name: 'p', tasks: [{ id: 'a', no: '0' }] }),
      hash(definition, [file]),
      hash(definition, [{ ...file, hash: '2' }]),
      hash(definition, [{ ...file, path: 'b.py' }]),
      hash(definition, [{ ...file, executable: true }]),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson({ b: [2, 1], a: { d: 1, c: undefined } })).toBe(
      '{"a":{"d":1},"b":[2,1]}',
    );
  });
});

describe('folderOf', () => {
  it.each([
    [
      'https://github.com/o/r/blob/main/p/x/catalog-info.yaml',
      'https://github.com/o/r/tree/main/p/x',
    ],
    [
      'https://gitlab.com/o/r/-/blob/main/p/catalog-info.yaml',
      'https://gitlab.com/o/r/-/tree/main/p',
    ],
    [
      'https://bitbucket.org/o/r/src/main/p/catalog-info.yaml',
      'https://bitbucket.org/o/r/src/main/p',
    ],
    [
      'https://dev.azure.com/o/p/_git/r?path=/p/x/catalog-info.yaml',
      'https://dev.azure.com/o/p/_git/r?path=%2Fp%2Fx',
    ],
  ])('%s', (url, folder) => {
    expect(folderOf(url)).toEqual({ folder, entityFile: 'catalog-info.yaml' });
  });
});

describe('readRemoteTree', () => {
  const url = 'https://github.com/o/r/blob/main/p/catalog-info.yaml';
  const reader = (paths: Record<string, number>) => ({
    readTree: jest.fn(async (_url: string, options: { etag?: string }) => {
      if (options.etag === 'c1') {
        throw Object.assign(new Error('same'), { name: 'NotModifiedError' });
      }
      return {
        etag: 'c1',
        files: async () =>
          Object.entries(paths).map(([path, size]) => ({
            path,
            content: async () => Buffer.alloc(size, 'x'),
          })),
      };
    }),
  });

  it('takes a folder from one commit, without what is no source', async () => {
    const fake = reader({
      'catalog-info.yaml': 3,
      'a.py': 1,
      '.git/config': 1,
      'lib/__pycache__/a.pyc': 1,
    });
    const tree = await readRemoteTree(fake as any, url, undefined);
    expect(tree).toMatchObject({
      ref: 'c1',
      signature: 'c1',
      entityFile: 'catalog-info.yaml',
    });
    expect(tree?.files.map(f => f.path)).toEqual(['a.py', 'catalog-info.yaml']);
    expect(await readRemoteTree(fake as any, url, 'c1')).toBeUndefined();
  });

  it('refuses what no ConfigMap can hold and names the largest', async () => {
    const fake = reader({ 'a.py': 1, 'data.csv': 800 * 1024 });
    await expect(readRemoteTree(fake as any, url, undefined)).rejects.toThrow(
      /801 KiB, of which data.csv 800 KiB/,
    );
  });
});

describe('readPipeline', () => {
  const yaml = (name: string, spec: string) =>
    `apiVersion: maestro.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: ${name}}\nspec:\n  type: t\n  owner: o\n  ${spec}\n`;
  const good = 'tasks: [{id: a, run: {command: [x]}}]';
  const entity = (spec: object = {}) =>
    ({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name: 'p' },
      spec: {
        type: 'catalog',
        owner: 'o',
        tasks: [{ id: 'a', run: { command: ['x'] } }],
        ...spec,
      },
    } as Entity);
  const tree = (text: string) => ({
    files: [{ path: 'c.yaml', content: Buffer.from(text), executable: false }],
    entityFile: 'c.yaml',
    signature: 's',
  });

  it('takes the spec of the folder, not the older one of the catalog', () => {
    const read = readPipeline(tree(yaml('p', good)), entity(), 'c.yaml');
    expect(read).toMatchObject({ kind: 'valid', definition: { type: 't' } });
  });

  it('finds it among other documents', () => {
    const text = `kind: Group\n---\n${yaml('q', 'tasks: []')}---\n${yaml(
      'p',
      good,
    )}`;
    expect(readPipeline(tree(text), entity(), 'c').kind).toBe('valid');
  });

  it('names file, line and path of what is wrong', () => {
    const text = yaml(
      'p',
      'tasks: [{id: a, dependsOn: [b], run: {command: [x]}}]',
    );
    expect(readPipeline(tree(text), entity(), '/r/c.yaml')).toMatchObject({
      kind: 'invalid',
      problems: [
        { file: '/r/c.yaml', line: 7, path: 'spec.tasks[0].dependsOn[0]' },
      ],
    });
    expect(readPipeline(tree('a: [b'), entity(), 'c')).toMatchObject({
      kind: 'invalid',
      problems: [{ message: expect.stringMatching(/Not valid YAML/) }],
    });
  });

  it('says nothing about a file that has another name in it just now', () => {
    expect(readPipeline(tree(yaml('q', good)), entity(), 'c').kind).toBe(
      'absent',
    );
  });

  it('trusts the catalog for what it fills in, and without a folder', () => {
    const filled = yaml('p', 'tasks:\n    $yaml: ./tasks.yaml');
    expect(readPipeline(tree(filled), entity(), 'c')).toMatchObject({
      kind: 'valid',
      definition: { type: 'catalog' },
    });
    expect(readPipeline(undefined, entity(), 'c').kind).toBe('valid');
    expect(readPipeline(undefined, entity({ tasks: [] }), 'c').kind).toBe(
      'invalid',
    );
  });
});
