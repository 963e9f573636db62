import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { PipelineFolderProvider } from './PipelineFolderProvider';

describe('locations of the pipelines of this machine', () => {
  let root: string;
  const applyMutation = jest.fn();
  const add = async (name: string, file = 'catalog-info.yaml') => {
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, file), 'x');
  };
  const targets = () =>
    applyMutation.mock.calls[
      applyMutation.mock.calls.length - 1
    ][0].entities.map(({ entity }: { entity: { spec: { target: string } } }) =>
      entity.spec.target.slice(root.length + 1),
    );
  const connected = async (folders = [root]) => {
    const provider = new PipelineFolderProvider({
      folders,
      logger: mockServices.logger.mock(),
    });
    await provider.connect({ applyMutation, refresh: jest.fn() });
    return provider;
  };

  beforeEach(async () => {
    applyMutation.mockReset();
    root = await mkdtemp(join(tmpdir(), 'maestro-folders-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are one for each folder with a catalog-info.yaml', async () => {
    await add('b');
    await add('a');
    await add('notes', 'README.md');
    await add('.half');
    await writeFile(join(root, 'catalog-info.yaml'), 'not a folder');
    await connected();
    expect(targets()).toEqual(['a/catalog-info.yaml', 'b/catalog-info.yaml']);
  });

  it('follow what is made and removed, and are not told twice', async () => {
    await add('a');
    const provider = await connected();
    await provider.refresh();
    expect(applyMutation).toHaveBeenCalledTimes(1);
    await add('b');
    await provider.refresh();
    expect(targets()).toEqual(['a/catalog-info.yaml', 'b/catalog-info.yaml']);
    await rm(join(root, 'a'), { recursive: true });
    await provider.refresh();
    expect(targets()).toEqual(['b/catalog-info.yaml']);
  });

  it('are told again when the catalog did not take them', async () => {
    await add('a');
    applyMutation.mockRejectedValueOnce(new Error('database is away'));
    await expect(connected()).rejects.toThrow('away');
    const provider = await connected();
    expect(targets()).toEqual(['a/catalog-info.yaml']);
    await provider.refresh();
  });

  it('of a folder that is not there are none', async () => {
    await add('a');
    const provider = await connected([join(root, 'missing')]);
    expect(applyMutation).not.toHaveBeenCalled();
    await provider.refresh();
  });
});
