import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPipeline } from './findPipeline';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro-find-'));
  put('checkout/package.json', '{"workspaces": []}');
  put('checkout/packages/cli/dist/maestro.cjs', '');
  put('checkout/.maestro/cli.json', '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const pipeline = (name: string) =>
  `apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: { name: ${name} }
spec:
  type: training
  owner: group:default/ml-team
  tasks: [{ id: a, run: { command: [echo, a] } }]
`;

const find = (name: string, env: NodeJS.ProcessEnv = {}, cwd = 'checkout') =>
  findPipeline(name, {
    env,
    cwd: join(root, cwd),
    commandDir: join(root, 'checkout/packages/cli/dist'),
  });

it('finds by name what the template put into the data directory', async () => {
  put('checkout/pipelines/other/catalog-info.yaml', pipeline('other'));
  put('checkout/.maestro/pipelines/churn/catalog-info.yaml', pipeline('churn'));
  expect((await find('churn')).file).toBe(
    join(root, 'checkout/.maestro/pipelines/churn/catalog-info.yaml'),
  );
  put('data/pipelines/here/catalog-info.yaml', pipeline('here'));
  const env = { MAESTRO_DATA_DIR: join(root, 'data') };
  expect((await find('here', env)).definition.name).toBe('here');
});

it('prefers the folder of the project, and says where it looked', async () => {
  put('checkout/pipelines/twice/catalog-info.yaml', pipeline('twice'));
  put('checkout/.maestro/pipelines/twice/catalog-info.yaml', pipeline('twice'));
  expect((await find('twice')).file).toBe(
    join(root, 'checkout/pipelines/twice/catalog-info.yaml'),
  );
  await expect(find('nobody')).rejects.toThrow(
    /^No pipeline "nobody" in .*checkout\/pipelines or .*checkout\/\.maestro\/pipelines$/,
  );
});
