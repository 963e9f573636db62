import { rm } from 'node:fs/promises';
import {
  RESOURCE_EXECUTOR,
  resourceProblem,
} from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type ExecutorCapabilities,
  type ExecutorHealth,
  type ExecutorStartOptions,
  type LaunchRequest,
  type LogSlice,
  type ObservedAttempt,
  type TaskExecutor,
  type WantedAttempt,
} from '@maestro/plugin-maestro-node';
import { launchError, startPatience } from '../cluster/requests';
import type { KubernetesExecutorOptions } from '../KubernetesExecutor';
import { makeSpoolDir } from '../logs/spoolDir';
import { Namespaces } from '../Namespaces';
import { LABEL } from '../pod/names';
import type { Ledger } from './ledger';
import { Ledgers } from './Ledgers';
import { observeResource } from './observeResource';
import { type ClusterObject, ResourceApi } from './ResourceApi';
import { ResourceLogs } from './ResourceLogs';
import { ResourceWatches } from './ResourceWatches';

/** What to do where a right is missing. */
const RIGHTS =
  "Give Maestro's service account the Role maestro-resources of deploy/kubernetes/rbac.yaml in that namespace, with this resource in it";

/** A ledger whose object never came is removed after so long, milliseconds. */
const NEVER_CREATED_MS = 10 * 60_000;

type Options = Pick<
  KubernetesExecutorOptions,
  | 'api'
  | 'instance'
  | 'namespaces'
  | 'maxParallel'
  | 'startTimeoutMs'
  | 'spoolDir'
  | 'logger'
>;

/**
 * The executor `kubernetes.resource`: an object of any kind for each attempt,
 * which its own controller works on. What exists is what the API server lists:
 * ledgers, and the objects they are about.
 */
export class ResourceExecutor implements TaskExecutor {
  readonly name = RESOURCE_EXECUTOR;
  readonly instance: string;
  readonly capabilities: ExecutorCapabilities;
  readonly #options: Options;
  readonly #api: ResourceApi;
  readonly #namespaces: Namespaces;
  readonly #ledgers: Ledgers;
  readonly #selector: string;
  readonly #watches: ResourceWatches;
  /** What was told of attempts by the watch. */
  readonly #told = new Map<string, 'running' | 'ended'>();
  /** Since when a ledger is there without an object, by attempt. */
  readonly #absent = new Map<string, number>();
  #logs: ResourceLogs | undefined;
  #listener: ExecutorStartOptions | undefined;

  constructor(options: Options) {
    const { api, instance, maxParallel } = options;
    this.#options = options;
    this.instance = `${api.server}#${instance}`;
    this.#api = new ResourceApi(api);
    this.#namespaces = new Namespaces(options.namespaces, {
      warn: message => options.logger?.warn(message),
      closed: namespace => this.#watches.off(namespace),
    });
    this.#selector = `${LABEL.instance}=${instance},${LABEL.resource}`;
    this.#ledgers = new Ledgers(this.#api, this.#namespaces, instance);
    this.#watches = new ResourceWatches({
      api: this.#api,
      selector: this.#selector,
      saw: (object, isGone) => this.#saw(object, isGone),
      failed: error => options.logger?.warn(error.message),
    });
    this.capabilities = {
      maxParallel,
      honoursResources: false,
      honoursImage: false,
      exactLogs: false,
      sharedByReplicas: true,
    };
  }

  async start(options: ExecutorStartOptions): Promise<void> {
    const dir = await makeSpoolDir(this.#options.spoolDir);
    this.#listener = options;
    this.#logs = new ResourceLogs({
      api: this.#options.api,
      ledgers: this.#ledgers,
      dir,
      onGrowth: attemptId => this.#listener?.onLogGrowth(attemptId),
      onLimit: (attemptId, bytes) => this.#endLater(attemptId, bytes),
      failed: error => this.#options.logger?.warn(error.message),
    });
    await this.list();
    options.signal.addEventListener('abort', () => void this.stop(), {
      once: true,
    });
  }

  async launch(request: LaunchRequest): Promise<void> {
    const called = performance.now();
    const { attemptId, resource, beginWithinMs = Infinity } = request;
    if (!resource) {
      throw new ExecutorError(
        'config',
        `Executor "${this.name}" runs no commands: name another one, or give the task "kubernetes.resource"`,
      );
    }
    const problem = resourceProblem(resource.manifest);
    if (problem) throw new ExecutorError('config', problem.message);
    const namespace = this.#namespaces.of(request.labels);
    const isOver = () => performance.now() - called > beginWithinMs;
    let ledger: Ledger;
    try {
      const { apiVersion, kind } = resource.manifest;
      const found = await this.#api.kindOf(apiVersion, kind);
      ledger = await this.#ledgers.begin(
        { ...request, resource },
        found,
        namespace,
        isOver,
      );
      // By an earlier call of this launch.
      if (ledger.created || ledger.settled || ledger.end) return;
      if (isOver()) {
        await this.#ledgers.remove(ledger);
        throw new Error(late(attemptId, beginWithinMs));
      }
      await this.#ledgers.createObject(
        { ...request, resource },
        ledger,
        isOver,
      );
    } catch (error) {
      throw launchError(
        error as Error,
        RIGHTS,
        startPatience(request, this.#options.startTimeoutMs),
      );
    }
    // It is there now, whatever is refused from here on: the listing finds it.
    await this.#ledgers.markCreated(ledger);
    await this.#watches.on(ledger.kind, namespace);
    await this.#logs?.follow(attemptId);
    if (isOver()) {
      const message = late(attemptId, beginWithinMs);
      await this.#ledgers.end(attemptId, { failure: 'launch', message });
      throw new Error(message);
    }
  }

  /** Its pods have the time to end that they ask for themselves. */
  async cancel(attemptId: string): Promise<void> {
    await this.#ledgers.end(attemptId, {
      failure: 'cancelled',
      message: 'It was cancelled',
    });
  }

  async list(
    options: { wanted?: readonly WantedAttempt[] } = {},
  ): Promise<ObservedAttempt[]> {
    this.#namespaces.adoptWanted(options.wanted);
    const attempts: ObservedAttempt[] = [];
    const absent = new Set<string>();
    // Of attempts that have no ledger any more, whoever forgot them.
    const stale = new Set([...this.#told.keys(), ...this.#watches.held()]);
    for (const namespace of this.#namespaces.all) {
      const ledgers = await this.#namespaces.listed(namespace, () =>
        this.#ledgers.list(namespace, this.#selector),
      );
      if (!ledgers) continue;
      const objects = await this.#objectsOf(namespace, ledgers);
      for (const ledger of ledgers) {
        stale.delete(ledger.attemptId);
        const known = objects.get(ledger.kind.name);
        const observed =
          known instanceof Error
            ? unseen(ledger, known)
            : await this.#look(ledger, known?.get(ledger.attemptId));
        if (observed) attempts.push(observed);
        else if (await this.#isLeftOver(ledger)) continue;
        else absent.add(ledger.attemptId);
      }
    }
    for (const attemptId of stale) {
      this.#told.delete(attemptId);
      this.#watches.forget(attemptId);
    }
    for (const attemptId of this.#absent.keys()) {
      if (!absent.has(attemptId)) this.#absent.delete(attemptId);
    }
    return attempts;
  }

  async readLog(
    attemptId: string,
    options: { offset: number; limit: number },
  ): Promise<LogSlice> {
    const nothing = {
      offset: options.offset,
      bytes: new Uint8Array(0),
      end: false,
    };
    if (!this.#logs) return nothing;
    const log = await this.#logs.follow(attemptId);
    return log
      ? log.read(options.offset, options.limit)
      : { ...nothing, end: true };
  }

  async forget(attemptId: string): Promise<void> {
    const ledger = await this.#ledgers.find(attemptId);
    if (ledger) {
      const object = await this.#ledgers.objectOf(ledger);
      const finding = observeResource(
        ledger,
        object,
        this.#watches.lastOf(attemptId),
      );
      if (finding.phase === 'running') {
        throw new Error(
          `Attempt ${attemptId} runs as ${objectName(
            ledger,
            object,
          )}: cancel it before it is forgotten`,
        );
      }
      await this.#ledgers.remove(ledger, object);
    }
    await this.#logs?.remove(attemptId);
    this.#told.delete(attemptId);
    this.#watches.forget(attemptId);
  }

  async health(): Promise<ExecutorHealth> {
    try {
      for (const namespace of this.#namespaces.configured) {
        await this.#api.cluster.listConfigMaps(
          namespace,
          `${LABEL.attempt}=none`,
        );
      }
      return { ok: true };
    } catch (error) {
      return { ok: false, message: (error as Error).message };
    }
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
    this.#watches.stop();
    const logs = this.#logs;
    this.#logs = undefined;
    await logs?.close();
    if (logs) await rm(logs.dir, { recursive: true, force: true });
  }

  /** By kind, then by attempt; an error where they cannot be listed. */
  async #objectsOf(
    namespace: string,
    ledgers: readonly Ledger[],
  ): Promise<Map<string, Map<string, ClusterObject> | Error>> {
    const found = new Map<string, Map<string, ClusterObject> | Error>();
    for (const { kind, settled } of ledgers) {
      if (settled || found.has(kind.name)) continue;
      if (this.#listener) await this.#watches.on(kind, namespace);
      try {
        const items = await this.#api.list(kind, namespace, this.#selector);
        found.set(
          kind.name,
          new Map(
            items.map(item => [
              item.metadata.labels?.[LABEL.attempt] ?? '',
              item,
            ]),
          ),
        );
      } catch (error) {
        // The others are listed all the same.
        this.#options.logger?.warn((error as Error).message);
        found.set(kind.name, error as Error);
      }
    }
    return found;
  }

  /** What is thought of it; its end is written down before it is told. */
  async #look(
    ledger: Ledger,
    object: ClusterObject | undefined,
  ): Promise<ObservedAttempt | undefined> {
    const { attemptId } = ledger;
    const finding = observeResource(
      ledger,
      object,
      this.#watches.lastOf(attemptId),
    );
    if (finding.phase === 'absent') return undefined;
    const shown = { attemptId, object: objectName(ledger, object) };
    if (finding.phase === 'running') {
      if (!ledger.created) await this.#ledgers.markCreated(ledger);
      if (ledger.end && !object?.metadata.deletionTimestamp) {
        // The reason was written down, and the deletion behind it was lost.
        await this.#ledgers.end(attemptId, ledger.end);
      }
      const at = Date.parse(object?.metadata.creationTimestamp ?? '');
      return { ...shown, phase: 'running', startedAt: at || Date.now() };
    }
    const settled = await this.#ledgers.settle(ledger, object, finding.outcome);
    if (!settled) return undefined;
    this.#logs?.ended(attemptId);
    return { ...shown, phase: 'ended', ...settled };
  }

  /** From the watch: tells the scheduler. */
  async #saw(object: ClusterObject, isGone: boolean): Promise<void> {
    const attemptId = object.metadata.labels?.[LABEL.attempt];
    const isOver = () => this.#told.get(attemptId!) === 'ended';
    if (!attemptId || isOver()) return;
    const ledger = await this.#ledgers.find(attemptId);
    if (!ledger) return;
    if (!isGone) this.#logs?.changed(attemptId);
    const observed = await this.#look(ledger, isGone ? undefined : object);
    // What was seen later may have been looked up sooner.
    if (!observed || !this.#listener || isOver()) return;
    const { phase, object: shown, startedAt } = observed;
    if (phase === 'ended' && !this.#told.has(attemptId)) {
      // A short one is hardly ever seen before it is done.
      this.#tell({ attemptId, phase: 'running', object: shown, startedAt });
    }
    if (phase !== 'starting') this.#told.set(attemptId, phase);
    this.#tell(observed);
  }

  #tell(observed: ObservedAttempt): void {
    this.#listener?.onObservation(observed);
  }

  #endLater(attemptId: string, limitBytes: number): void {
    this.#ledgers
      .end(attemptId, {
        failure: 'log_limit',
        message: `The log reached its limit of ${limitBytes} bytes, and the resource was deleted`,
      })
      .catch(error =>
        this.#options.logger?.warn(
          `Attempt ${attemptId} could not be ended yet: ${error}`,
        ),
      );
  }

  /** Of a launch that ended between the ledger and the object. */
  async #isLeftOver(ledger: Ledger): Promise<boolean> {
    const now = performance.now();
    const since = this.#absent.get(ledger.attemptId) ?? now;
    this.#absent.set(ledger.attemptId, since);
    if (now - since < NEVER_CREATED_MS) return false;
    await this.#ledgers.remove(ledger);
    return true;
  }
}

function unseen(ledger: Ledger, error: Error): ObservedAttempt {
  const { attemptId, settled, created } = ledger;
  const object = objectName(ledger);
  if (settled) return { attemptId, object, phase: 'ended', ...settled };
  return created
    ? { attemptId, object, phase: 'running' }
    : { attemptId, object, phase: 'starting', waitsFor: error.message };
}

function objectName(
  { kind, namespace, name }: Ledger,
  object?: ClusterObject,
): string {
  const { deletionTimestamp, finalizers } = object?.metadata ?? {};
  const held = deletionTimestamp
    ? ` (being deleted${
        finalizers?.length ? `, held by ${finalizers.join(', ')}` : ''
      })`
    : '';
  return `${kind.name} ${namespace}/${name}${held}`;
}

function late(attemptId: string, beginWithinMs: number): string {
  return `Attempt ${attemptId} was not begun: its launch took longer than ${beginWithinMs} ms`;
}
