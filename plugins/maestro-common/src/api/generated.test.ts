/** @jest-environment node */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { resolve } from 'node:path';
import { spec } from './generated/spec.generated';
import { OPERATION_PERMISSIONS } from './permissions';

describe('the generated API', () => {
  it('is what the document says', async () => {
    const script = resolve(__dirname, '../../scripts/generate-api.mjs');
    await expect(
      promisify(execFile)(process.execPath, [script, '--check']),
    ).resolves.toMatchObject({ stderr: '' });
    // A process that loads TypeScript, on a machine that runs other suites.
  }, 60_000);

  it('asks for a permission in every operation and knows no other', () => {
    const operations = Object.values(spec.paths).flatMap(path =>
      Object.values(path as Record<string, { operationId?: string }>)
        .map(operation => operation.operationId)
        .filter(id => id !== undefined),
    );
    expect(operations.length).toBeGreaterThan(25);
    expect(Object.keys(OPERATION_PERMISSIONS).sort()).toEqual(
      operations.sort(),
    );
  });
});
