import type {
  AttemptOutcome,
  LaunchRequest,
} from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import { type Script, type TestEngine, createTestEngine } from '../testing';

/** It went well, and handed this on. */
export const success = (outputs?: object): AttemptOutcome => ({
  result: 'success',
  exitCode: 0,
  outputs: outputs && JSON.stringify(outputs),
});

export const failed: AttemptOutcome = {
  result: 'failed',
  failure: 'exit_code',
  exitCode: 1,
  message: 'it ended with exit code 1',
};

export const command = (...words: string[]) => ({ run: { command: words } });

/** The task whose output `items` others are mapped over. */
export const LIST = { id: 'list', ...command('list') };

/** An engine for pipelines with something that is mapped over a list. */
export interface MapTest extends TestEngine {
  /** A run of the pipeline `p` with `LIST` before its tasks, which hands on these items. */
  start(
    items: unknown,
    spec: { tasks: object[]; groups?: object[] },
    script?: Script,
  ): Promise<string>;
  launchesOf(taskId: string): LaunchRequest[];
  until(isSo: () => Promise<boolean> | boolean): Promise<void>;
}

/** Makes a {@link MapTest} that runs. */
export async function createMapTest(
  db: MaestroDatabase,
  {
    settings,
    ...options
  }: Partial<Parameters<typeof createTestEngine>[1]> = {},
): Promise<MapTest> {
  const test = await createTestEngine(db, {
    logger: mockLogger(),
    settings: { pollMs: 20, reconcileMs: 100, ...settings },
    ...options,
  });
  return {
    ...test,
    start: async (items, spec, script = () => success()) => {
      test.executor.script = request =>
        request.labels.taskId === LIST.id
          ? success({ items })
          : script(request);
      await test.register('p', { ...spec, tasks: [LIST, ...spec.tasks] });
      return test.trigger('p');
    },
    launchesOf: taskId =>
      test.executor.launched.filter(({ labels }) => labels.taskId === taskId),
    until: async isSo => {
      const end = Date.now() + 60_000;
      while (!(await isSo())) {
        if (Date.now() > end) throw new Error('it never came to be so');
        await new Promise(resolve => setTimeout(resolve, 10));
      }
    },
  };
}
