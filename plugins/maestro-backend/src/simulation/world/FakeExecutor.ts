import {
  ExecutorError,
  type ExecutorStartOptions,
  type LaunchRequest,
  type ObservedAttempt,
  type TaskExecutor,
  type TriggerHost,
} from '@maestro/plugin-maestro-node';
import type { Incarnation } from './Incarnation';
import type { Site } from './Site';

/**
 * A site as one process reaches it. Each request waits for its turn at the
 * door of the process, where it can be lost, refused or late; so does each
 * observation on its way back.
 */
export class FakeExecutor implements TaskExecutor {
  readonly name: string;
  readonly instance: string;
  readonly capabilities;
  private unlisten: (() => void) | undefined;

  constructor(
    private readonly site: Site,
    private readonly process: Incarnation,
    isShared: boolean,
    /** Of the one executor of a process that runs triggers. */
    readonly triggers?: TriggerHost,
  ) {
    this.name = site.name;
    this.instance = site.instance;
    this.capabilities = {
      maxParallel: site.maxParallel,
      honoursResources: false,
      honoursImage: false,
      exactLogs: true,
      sharedByReplicas: isShared,
      severalHosts: !isShared,
      boundsStart: site.canWait,
      // As of pods: fewer than have a place.
      ...(site.canWait
        ? { launchesAtOnce: Math.ceil(site.maxParallel / 2) }
        : {}),
    };
  }

  async start(options: ExecutorStartOptions): Promise<void> {
    await this.process.pass('start', `start ${this.name}`, () => {
      this.site.contact();
      this.unlisten?.();
      this.unlisten = this.site.listen(seen =>
        this.process.observe(seen, () => options.onObservation(seen)),
      );
    });
  }

  async launch(request: LaunchRequest): Promise<void> {
    const { sources, beginWithinMs = Infinity, ...rest } = request;
    const { clock } = this.process;
    const called = clock.elapsed();
    await this.process.pass('launch', `launch ${request.attemptId}`, () => {
      if (clock.elapsed() - called > beginWithinMs) {
        throw new Error(`it took longer than ${beginWithinMs} ms`);
      }
      this.site.begin(rest);
    });
  }

  async cancel(attemptId: string, options: { graceMs: number }): Promise<void> {
    await this.process.pass('cancel', `cancel ${attemptId}`, () =>
      this.site.cancel(attemptId, options.graceMs),
    );
  }

  async list(): Promise<ObservedAttempt[]> {
    return this.process.pass('list', `list ${this.name}`, () => {
      this.site.contact();
      return this.site.list();
    });
  }

  async readLog(_id: string, options: { offset: number }) {
    return { offset: options.offset, bytes: new Uint8Array(), end: true };
  }

  async forget(attemptId: string): Promise<void> {
    await this.process.pass('forget', `forget ${attemptId}`, () =>
      this.site.forget(attemptId),
    );
  }

  async health() {
    return { ok: true };
  }

  async stop(): Promise<void> {
    this.unlisten?.();
  }

  /** The process is dead: nobody listens any more. */
  disconnect(): void {
    this.unlisten?.();
  }
}

/** What a refused launch fails with: certain that nothing runs. */
export function launchRefusal(): ExecutorError {
  return new ExecutorError('launch', 'the executor has no room now');
}
