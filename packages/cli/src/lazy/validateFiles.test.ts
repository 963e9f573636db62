import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateFiles } from './validateFiles';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro-validate-'));
  put(
    'pipelines/good/catalog-info.yaml',
    `apiVersion: maestro.dev/v1alpha1
kind: Pipeline
metadata: { name: good }
spec:
  type: training
  owner: group:default/ml-team
  tasks: [{ id: a, run: { command: [echo, a] } }]
`,
  );
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A file that is there and that nobody, not even root, can read. */
function putUnreadable(path: string) {
  mkdirSync(join(root, path, '..'), { recursive: true });
  symlinkSync(join(root, path), join(root, path));
}

const told = async (...files: string[]) =>
  (await validateFiles(files, root)).map(({ file, ok, problems }) => [
    file,
    ok,
    ...problems.map(({ message }) => message),
  ]);

it('leaves out folders without a pipeline', async () => {
  put('pipelines/README.md', 'Ours');
  put('pipelines/lib/catalog-info.yaml', 'kind: Component\n');
  mkdirSync(join(root, 'pipelines/data'));
  expect(await told('pipelines')).toEqual([
    ['pipelines/good/catalog-info.yaml', true],
  ]);
});

it('tells of a file in a folder below that is there and cannot be read', async () => {
  putUnreadable('pipelines/broken/catalog-info.yaml');
  expect(await told('pipelines')).toEqual([
    [
      'pipelines/broken/catalog-info.yaml',
      false,
      expect.stringContaining('ELOOP'),
    ],
    ['pipelines/good/catalog-info.yaml', true],
  ]);
});

it('tells of a file of the folder itself that cannot be read', async () => {
  putUnreadable('pipelines/catalog-info.yaml');
  expect(await told('pipelines')).toEqual([
    ['pipelines/catalog-info.yaml', false, expect.stringContaining('ELOOP')],
  ]);
});

it('tells of a folder that cannot be listed', async () => {
  putUnreadable('closed');
  expect(await told('closed', 'pipelines/good')).toEqual([
    ['closed', false, expect.stringContaining('ELOOP')],
    ['pipelines/good/catalog-info.yaml', true],
  ]);
});
