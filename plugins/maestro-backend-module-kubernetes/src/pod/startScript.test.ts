import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputLimit, START_SCRIPT } from './startScript';

it.each([
  [1, 4000],
  [3, 4000],
  // The kubelet divides 12 KiB among all containers.
  [4, 2976],
  [10, 1132],
])('of %s containers the task may hand on %s bytes', (containers, bytes) => {
  expect(outputLimit(containers)).toBe(bytes);
  expect(bytes).toBeLessThan(12_288 / containers);
});

it('takes out of the environment what Kubernetes has put into arguments, and nothing else', () => {
  const base = mkdtempSync(join(tmpdir(), 'start-script-'));
  try {
    const said = execFileSync(
      '/bin/sh',
      [
        '-c',
        START_SCRIPT,
        'maestro',
        'sh',
        '-c',
        'echo "$1"; env',
        'x',
        'pass word',
      ],
      {
        env: {
          PATH: process.env.PATH,
          MAESTRO_BASE: base,
          MAESTRO_SOURCE: join(base, 'source'),
          MAESTRO_OUTPUT: join(base, 'output.json'),
          MAESTRO_MESSAGE: join(base, 'message'),
          MAESTRO_ARGUMENT_0: 'pass word',
          // One may be empty.
          MAESTRO_ARGUMENT_1: '',
          MAESTRO_ARGUMENT_2: 'other',
          OWN: 'kept',
        },
        encoding: 'utf8',
      },
    );
    const lines = said.split('\n');
    expect(lines).toContain('pass word');
    expect(lines).toContain('OWN=kept');
    expect(said).not.toContain('MAESTRO_ARGUMENT');
  } finally {
    rmSync(base, { recursive: true });
  }
});
