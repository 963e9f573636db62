import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TriggerToRun } from '@maestro/plugin-maestro-node';
import { DEFAULT_TRIGGER_LIMITS, TriggerProcess } from './TriggerProcess';

jest.setTimeout(180_000);

let dir: string;
let processes: TriggerProcess[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-trigger-process-'));
  processes = [];
});
afterEach(() => {
  for (const one of processes) one.end();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** A process of which the interpreter is a shell script. */
function processOf(script: string, home = join(dir, 'home')) {
  const python = join(dir, 'python');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  const troubles: Array<string | undefined> = [];
  const made = new TriggerProcess({
    environment: 'default',
    python,
    home,
    env: {},
    limits: DEFAULT_TRIGGER_LIMITS,
    listener: {
      onOutcome: () => {},
      onLog: () => {},
      onTrouble: (_, message) => troubles.push(message),
    },
  });
  processes.push(made);
  return { made, troubles };
}

const TRIGGER = { id: 'one', environment: 'default' } as TriggerToRun;

async function until(look: () => boolean): Promise<void> {
  for (let i = 0; i < 3_000 && !look(); i++) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  expect(look()).toBe(true);
}

it('is started again, with its triggers, when it writes what is no JSON', async () => {
  const { made, troubles } = processOf(
    `read line; echo "$line" >> ${dir}/started; echo '{"id": "one", "event": NaN}'; exec cat > /dev/null`,
  );
  made.start(TRIGGER);
  const started = () =>
    readFileSync(join(dir, 'started'), 'utf8').trim().split('\n');
  await until(() => troubles.length > 0);
  expect(troubles[0]).toContain('it wrote a line that is no JSON');
  await until(() => started().length === 2);
  expect(started()).toEqual([
    JSON.stringify({ start: TRIGGER }),
    JSON.stringify({ start: TRIGGER }),
  ]);
});

it('is started later when there is no room for it, as often as it takes', async () => {
  const home = join(dir, 'no-folder', 'home');
  writeFileSync(join(dir, 'no-folder'), '');
  const { made, troubles } = processOf(
    `echo '{"ready": true}'; exec cat > /dev/null`,
    home,
  );
  expect(() => made.start(TRIGGER)).not.toThrow();
  await until(() => troubles.length >= 2);
  expect(troubles[0]).toContain('it cannot be started: ENOTDIR');
  rmSync(join(dir, 'no-folder'));
  await until(() => troubles.at(-1) === undefined);
});
