import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { createPipelineAction } from './createPipelineAction';

const entity = (name: string, tasks = '[{id: a, run: {command: [echo]}}]') => `
apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: {name: ${name}}
spec: {type: training, owner: 'group:default/team', tasks: ${tasks}}
`;

describe('scaffolder action maestro:pipeline:create', () => {
  let folder: string;
  const workspace = () => join(folder, 'workspace');
  const targetDir = () => join(folder, 'pipelines');

  const render = async (files: Record<string, string>) => {
    await mkdir(workspace(), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(workspace(), name), text);
    }
  };
  const run = async (
    input: { name: string; source?: string },
    options: { known?: string[]; isDryRun?: boolean; target?: boolean } = {},
  ) => {
    const action = createPipelineAction({
      targetDir: options.target === false ? undefined : targetDir(),
      waitMs: 200,
      catalog: catalogServiceMock({
        entities: (options.known ?? [input.name]).map(name => ({
          apiVersion: 'maestro.dev/v1alpha1',
          kind: 'Pipeline',
          metadata: { name, namespace: 'default' },
        })),
      }),
    });
    const outputs: Record<string, unknown> = {};
    await action.handler({
      input,
      workspacePath: workspace(),
      isDryRun: options.isDryRun,
      logger: mockServices.logger.mock(),
      getInitiatorCredentials: async () => mockCredentials.user(),
      output: (name: string, value: unknown) => {
        outputs[name] = value;
      },
    } as never);
    return outputs;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maestro-scaffolder-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes the whole folder and names the entity, without a source given', async () => {
    await render({ 'catalog-info.yaml': entity('churn'), 'task.py': 'pass' });
    expect(await run({ name: 'churn' })).toEqual({
      entityRef: 'pipeline:default/churn',
      folder: join(targetDir(), 'churn'),
    });
    expect((await readdir(targetDir())).sort()).toEqual(['churn']);
    expect(await readFile(join(targetDir(), 'churn', 'task.py'), 'utf8')).toBe(
      'pass',
    );
  });

  it('writes nothing in a dry run', async () => {
    await render({ 'catalog-info.yaml': entity('churn') });
    await run({ name: 'churn' }, { isDryRun: true });
    await expect(readdir(targetDir())).rejects.toThrow('ENOENT');
  });

  it.each([
    ['an invalid pipeline', 'churn', entity('churn', '[]'), /invalid/],
    ['another name', 'churn', entity('other'), /"other" and not "churn"/],
    ['a name that leaves the folder', '../x', entity('x'), /no name/],
    ['an empty name', '', entity('x'), /no name/],
  ])('refuses %s and writes nothing', async (_what, name, text, message) => {
    await render({ 'catalog-info.yaml': text });
    await expect(run({ name })).rejects.toThrow(message);
    await expect(readdir(targetDir())).rejects.toThrow('ENOENT');
  });

  it('refuses a source outside of the workspace', async () => {
    await render({ 'catalog-info.yaml': entity('churn') });
    await expect(run({ name: 'churn', source: '..' })).rejects.toThrow(
      'outside',
    );
  });

  it('refuses a name that exists, and leaves what is there alone', async () => {
    await render({ 'catalog-info.yaml': entity('churn'), 'task.py': 'first' });
    await run({ name: 'churn' });
    await render({ 'task.py': 'second' });
    await expect(run({ name: 'churn' })).rejects.toThrow('exists already');
    expect(await readFile(join(targetDir(), 'churn', 'task.py'), 'utf8')).toBe(
      'first',
    );
  });

  it('says where the files are when the catalog does not take it up', async () => {
    await render({ 'catalog-info.yaml': entity('churn') });
    await expect(run({ name: 'churn' }, { known: [] })).rejects.toThrow(
      join(targetDir(), 'churn'),
    );
  });

  it('says what to do where pipelines live in repositories only', async () => {
    await render({ 'catalog-info.yaml': entity('churn') });
    await expect(run({ name: 'churn' }, { target: false })).rejects.toThrow(
      'maestro.scaffolder.targetDir',
    );
  });
});
