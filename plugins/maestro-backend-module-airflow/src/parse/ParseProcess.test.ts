/* The process in place of which a script answers; the real one is in the suite `airflow`. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParseProcess } from './ParseProcess';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-parse-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A process that is ready, and answers its first request with these lines. */
function answering(...lines: string[]): ParseProcess {
  const python = join(dir, 'python');
  writeFileSync(
    python,
    `#!/bin/sh
echo '{"ready": true, "airflow": "3.1.0"}'
read -r request
${lines.map(line => `echo '${line}'`).join('\n')}
read -r request
`,
  );
  chmodSync(python, 0o755);
  return new ParseProcess({ python, home: join(dir, 'home') });
}

it.each([
  ['x', 'x'],
  ['', ''],
  ['5', '5'],
  ['null', 'null'],
  [`{"id": 1${'x'.repeat(1_000)}`, `{"id": 1${'x'.repeat(192)}…`],
])('ends a process that answers %j, and says so', async (line, told) => {
  const process = answering(line, '{"id": 1, "dags": []}');
  const { killed, dags } = await process.parse('/dags', 'a.py');
  expect(dags).toEqual([]);
  expect(killed).toContain('reading it ended the process that reads all files');
  expect(killed).toContain(
    `was ended because it wrote what is no answer: ${JSON.stringify(told)}`,
  );
  // The next request starts another one.
  await expect(process.scan('/dags')).rejects.toThrow('was ended because');
  await process.stop();
});

it('takes an answer that is one', async () => {
  const process = answering('{"id": 1, "files": {}}');
  expect(await process.scan('/dags')).toEqual({ files: {}, problems: [] });
  await process.stop();
});
