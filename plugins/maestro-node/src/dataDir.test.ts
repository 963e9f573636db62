import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { resolveDataDir } from './dataDir';

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-root-')));
  mkdirSync(join(root, 'packages/backend'), { recursive: true });
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({ workspaces: ['packages/*'] }),
  );
  writeFileSync(join(root, 'packages/backend/package.json'), '{}');
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const config = (dataDir?: string) =>
  mockServices.rootConfig({ data: { maestro: { dataDir } } });

it('is .maestro beside the root, wherever the backend was started', () => {
  const from = join(root, 'packages/backend');
  expect(resolveDataDir(config(), from)).toBe(join(root, '.maestro'));
  expect(resolveDataDir(config('data'), from)).toBe(join(root, 'data'));
  expect(resolveDataDir(config('/var/maestro'), from)).toBe('/var/maestro');
});
