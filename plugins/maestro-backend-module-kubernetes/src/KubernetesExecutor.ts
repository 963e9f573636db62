import { rm } from 'node:fs/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { InputError } from '@backstage/errors';
import {
  type ExecutorCapabilities,
  type ExecutorHealth,
  type ExecutorStartOptions,
  type LaunchRequest,
  type LogPlace,
  type LogSlice,
  type ObservedAttempt,
  type TaskExecutor,
  type WantedAttempt,
} from '@maestro/plugin-maestro-node';
import type { ClusterApi } from './cluster/ClusterApi';
import {
  insist,
  isQuota,
  launchError,
  startPatience,
  unlessThere,
} from './cluster/requests';
import { Housekeeping, SOURCES_LOOKS } from './Housekeeping';
import { markOf } from './logs/LogMarks';
import { LogShelf } from './logs/LogShelf';
import { makeSpoolDir } from './logs/spoolDir';
import { Namespaces, type NamespaceRules } from './Namespaces';
import {
  endMark,
  observePod,
  type EndMark,
  isEnded,
  taskStatus,
} from './observe/observePod';
import { troubleOf, verdict } from './observe/verdict';
import { WaitingWords } from './observe/WaitingWords';
import { buildPod, type PodDefaults } from './pod/buildPod';
import { podArguments } from './pod/secretArguments';
import { LABEL } from './pod/names';
import { buildSecret } from './pod/secret';
import { buildSources } from './pod/sources';
import { isReleased, PodObjects } from './PodObjects';
import { SourceMaps } from './SourceMaps';

/** Settings of the executor; see `config.d.ts` for what they mean. */
export interface KubernetesExecutorOptions {
  api: ClusterApi;
  /** Tells installations apart that use the same namespaces. */
  instance: string;
  namespaces: NamespaceRules;
  defaults: PodDefaults;
  maxParallel: number;
  /** Milliseconds that a pod may wait to run. */
  startTimeoutMs: number;
  /** Milliseconds that the kubelet may try again after a passing error. */
  pullTimeoutMs: number;
  /** Milliseconds that sources stay after the last pod that used them. */
  keepSourcesMs: number;
  /** Folder for logs on their way to the log store. */
  spoolDir: string;
  logger?: { info(message: string): void; warn(message: string): void };
}

/** Observations of one attempt that were told, so that each is told once. */
type Told = 'running' | 'ended';

/** What a pod waits for whose sources are not there, as its event says it. */
const SOURCES_MISSING = /configmap "(maestro-sources-[0-9a-f]+)" not found/;

/**
 * Each is two requests in turn before its pod is there, for which it has half
 * its lease. A server that needs a second for one takes so many in that time.
 */
const LAUNCHES_AT_ONCE = 16;

/** What to do where a right is missing. */
const RIGHTS =
  "Give Maestro's service account the rights of deploy/kubernetes/rbac.yaml in that namespace";

const LATE: EndMark = {
  failure: 'launch',
  message: 'The API server made its pod too late, when it was given up already',
};

/**
 * The executor `kubernetes`: a pod for each attempt, named from its id. What
 * exists is what the API server lists; every scheduler sees the same.
 */
export class KubernetesExecutor implements TaskExecutor {
  readonly name = 'kubernetes';
  readonly instance: string;
  readonly capabilities: ExecutorCapabilities;
  readonly #options: KubernetesExecutorOptions;
  readonly #api: ClusterApi;
  readonly #namespaces: Namespaces;
  readonly #objects: PodObjects;
  readonly #selector: string;
  readonly #told = new Map<string, Told>();
  /** Pods as they ended, until they are forgotten. */
  readonly #ended = new Map<string, V1Pod>();
  readonly #waiting: WaitingWords;
  /** Since when the kubelet fails to start it, monotonic, by attempt. */
  readonly #troubled = new Map<string, number>();
  readonly #housekeeping: Housekeeping;
  readonly #sources: SourceMaps;
  /** Attempts that were forgotten, and whose pod may still be listed. */
  readonly #forgotten = new Set<string>();
  #logs: LogShelf | undefined;
  #listener: ExecutorStartOptions | undefined;
  #stop: AbortController | undefined;

  constructor(options: KubernetesExecutorOptions) {
    const { api, instance, maxParallel } = options;
    if (!Number.isInteger(maxParallel) || maxParallel < 1) {
      throw new InputError(
        `maestro.executors.kubernetes.maxParallel must be a whole number of at least 1, not ${maxParallel}`,
      );
    }
    this.#options = options;
    this.#api = api;
    this.#namespaces = new Namespaces(options.namespaces, {
      warn: message => options.logger?.warn(message),
    });
    this.instance = `${api.server}#${instance}`;
    this.#waiting = new WaitingWords(api);
    this.#selector = `${LABEL.instance}=${instance}`;
    this.#objects = new PodObjects(api, this.#namespaces);
    const now = () => performance.now();
    this.#sources = new SourceMaps({
      api,
      validMs: options.keepSourcesMs / SOURCES_LOOKS,
      patienceMs: options.pullTimeoutMs,
      now,
    });
    this.#housekeeping = new Housekeeping({
      api,
      sourcesGone: (namespace, name) => this.#sources.gone(namespace, name),
      objects: this.#objects,
      selector: this.#selector,
      keepSourcesMs: options.keepSourcesMs,
      now,
    });
    this.capabilities = {
      maxParallel,
      honoursResources: true,
      honoursImage: true,
      exactLogs: false,
      sharedByReplicas: true,
      // By `startTimeout`.
      boundsStart: true,
      launchesAtOnce: LAUNCHES_AT_ONCE,
    };
  }

  async start(options: ExecutorStartOptions): Promise<void> {
    // Before anything is made: it is tried again for as long as it fails.
    await this.list();
    const dir = await makeSpoolDir(this.#options.spoolDir);
    this.#logs = new LogShelf({
      api: this.#api,
      dir,
      onGrowth: attemptId => this.#listener?.onLogGrowth(attemptId),
      onLimit: (attemptId, limitBytes) =>
        this.#endLater(attemptId, {
          failure: 'log_limit',
          message: `The log reached its limit of ${limitBytes} bytes, and the task was ended`,
        }),
    });
    this.#listener = options;
    this.#stop = new AbortController();
    options.signal.addEventListener('abort', () => void this.stop(), {
      once: true,
    });
    for (const namespace of this.#namespaces.configured) {
      await this.#api.watchPods(namespace, this.#selector, {
        changed: pod => this.#saw(pod),
        gone: pod => this.#sawGone(pod),
        failed: error => this.#options.logger?.warn(error.message),
        signal: this.#stop.signal,
      });
    }
  }

  async launch(request: LaunchRequest): Promise<void> {
    const called = performance.now();
    const { instance, defaults } = this.#options;
    const { attemptId, beginWithinMs = Infinity } = request;
    const namespace = this.#namespaces.of(request.labels);
    const place = { namespace, instance };
    // What cannot be is known before anything is made.
    const sources = buildSources(request.sources, place);
    const env = { ...request.env, ...podArguments(request).env };
    const secret = buildSecret({ attemptId, env, ...place });
    const pod = buildPod({ request, sources, defaults, ...place });
    const isOver = () => performance.now() - called > beginWithinMs;
    const assertInTime = () => {
      if (!isOver()) return;
      throw new Error(
        `Attempt ${attemptId} was not begun: its launch took longer than ${beginWithinMs} ms`,
      );
    };
    assertInTime();
    let made: V1Pod | undefined;
    // Of the Secret, unless it was there already.
    let uid: string | undefined;
    let isAsked = false;
    let isLate: boolean;
    try {
      if (sources) {
        this.#housekeeping.used(namespace, sources.name);
        await this.#sources.ensure(attemptId, namespace, sources);
      }
      await this.#objects.needSecret(attemptId, namespace);
      uid = await unlessThere(this.#api.createSecret(secret));
      assertInTime();
      isAsked = true;
      made = await unlessThere(this.#api.createPod(pod));
      // Whoever looks when the time is over finds one that was made in time.
      isLate = isOver();
    } catch (error) {
      let isThere = false;
      try {
        if (isQuota(error)) {
          const name = secret.metadata!.name!;
          // Which is asked before whether it is there already: in its own
          // namespace, since the right to another one may be gone.
          isThere = await insist(
            async () => Boolean(await this.#api.readPod(namespace, name)),
            isOver,
          );
          if (isThere) return;
          // The next launch has another environment.
          await insist(
            () => this.#api.deleteSecret(namespace, name, uid),
            isOver,
          );
        } else if (!isAsked && isOver()) {
          // Whoever gave the attempt up may have removed what there was by then.
          await this.#removing(
            this.#objects.removeSecret(attemptId, namespace, uid),
          );
        }
      } finally {
        // Its pod is not there, or another process finds it.
        if (!isThere) this.#sources.started(attemptId);
      }
      throw launchError(
        error as Error,
        RIGHTS,
        startPatience(request, this.#options.startTimeoutMs),
      );
    }
    if (made) {
      this.#logs?.expect(attemptId, made);
      // When this is refused the pod is there all the same: the listing decides.
      await this.#objects.own(attemptId, made);
    }
    if (isLate) {
      await this.#objects.end(attemptId, LATE, 0);
      assertInTime();
    }
  }

  async cancel(attemptId: string, options: { graceMs: number }): Promise<void> {
    await this.#objects.end(
      attemptId,
      { failure: 'cancelled', message: 'It was cancelled' },
      options.graceMs,
    );
  }

  async list(
    options: { wanted?: readonly WantedAttempt[] } = {},
  ): Promise<ObservedAttempt[]> {
    this.#namespaces.adoptWanted(options.wanted);
    const pods = new Map<string, V1Pod[]>();
    // Of pods that are gone, whoever forgot them, and where nobody watches.
    const stale = new Set([
      ...this.#told.keys(),
      ...this.#troubled.keys(),
      ...this.#ended.keys(),
    ]);
    const gone = new Set(this.#forgotten);
    const listed = await Promise.all(
      this.#namespaces.all.map(async namespace => {
        const list = await this.#namespaces.listed(namespace, () =>
          this.#api.listPods(namespace, this.#selector),
        );
        if (!list) return [];
        const { items } = list;
        pods.set(namespace, items);
        const seen = items.filter(
          pod => pod.metadata?.labels?.[LABEL.attempt] && !isReleased(pod),
        );
        for (const { metadata } of items) {
          gone.delete(metadata?.labels?.[LABEL.attempt] ?? '');
        }
        for (const pod of seen) {
          stale.delete(pod.metadata!.labels![LABEL.attempt]);
          this.#supervise(pod);
          this.#endAgain(pod);
        }
        const told = await this.#waiting.told(namespace, seen);
        this.#mendSources(namespace, told);
        return told;
      }),
    );
    for (const attemptId of stale) this.#drop(attemptId);
    for (const attemptId of gone) this.#forgotten.delete(attemptId);
    const attempts = listed.flat();
    // Neither is waited for: that may take as long as an answer may.
    void this.#removing(this.#objects.removeSecretsAgain());
    void this.#removing(this.#housekeeping.look(pods));
    return attempts;
  }

  async readLog(
    attemptId: string,
    options: {
      offset: number;
      limit: number;
      resume?: { place?: LogPlace };
    },
  ): Promise<LogSlice> {
    const { offset, limit, resume } = options;
    const mark = markOf(resume?.place);
    const nothing = (end: boolean): LogSlice => ({
      offset,
      bytes: new Uint8Array(0),
      end,
    });
    if (!this.#logs) return nothing(false);
    let log = this.#logs.get(attemptId);
    if (log && resume && !log.continues(offset, mark)) {
      await this.#logs.remove(attemptId);
      log = undefined;
    }
    if (!log) {
      const pod = await this.#objects.find(attemptId);
      if (!pod || isReleased(pod)) return nothing(true);
      log = this.#logs.open(attemptId, pod, resume && { offset, mark });
    }
    return log.read(offset, limit);
  }

  async forget(attemptId: string): Promise<void> {
    // A listing from before it asks for it once more.
    if (this.#forgotten.has(attemptId)) return;
    const hadPod = await this.#objects.remove(
      attemptId,
      this.#ended.get(attemptId),
    );
    if (hadPod) this.#forgotten.add(attemptId);
    await this.#logs?.remove(attemptId);
    this.#drop(attemptId);
  }

  async health(): Promise<ExecutorHealth> {
    try {
      for (const namespace of this.#namespaces.configured) {
        await this.#api.listPods(namespace, `${LABEL.attempt}=none`);
      }
      return { ok: true };
    } catch (error) {
      return { ok: false, message: (error as Error).message };
    }
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
    this.#stop?.abort();
    const logs = this.#logs;
    this.#logs = undefined;
    await logs?.close();
    if (logs) await rm(logs.dir, { recursive: true, force: true });
  }

  /** The next listing tries again what fails. */
  async #removing(work: Promise<void>): Promise<void> {
    await work.catch(error =>
      this.#options.logger?.warn(`Left-overs could not be removed: ${error}`),
    );
  }

  /** From the watch: tells the scheduler. */
  #saw(pod: V1Pod): void {
    const attemptId = pod.metadata?.labels?.[LABEL.attempt];
    if (!attemptId || isReleased(pod)) return;
    this.#supervise(pod);
    const observed = observePod(pod);
    const told = this.#told.get(attemptId);
    if (observed.phase === 'starting' || told === 'ended') return;
    if (observed.phase === 'running' && told === 'running') return;
    if (observed.phase === 'ended' && !told && observed.startedAt) {
      // A short one is hardly ever seen to run.
      this.#tell({
        attemptId,
        phase: 'running',
        startedAt: observed.startedAt,
        object: observed.object,
      });
    }
    this.#told.set(attemptId, observed.phase);
    this.#tell(observed);
  }

  #sawGone(pod: V1Pod): void {
    const attemptId = pod.metadata?.labels?.[LABEL.attempt];
    if (attemptId) this.#drop(attemptId);
  }

  /** What is remembered of a pod goes with it. */
  #drop(attemptId: string): void {
    this.#told.delete(attemptId);
    this.#troubled.delete(attemptId);
    this.#ended.delete(attemptId);
    this.#sources.started(attemptId);
  }

  #tell(observed: ObservedAttempt): void {
    try {
      this.#listener?.onObservation(observed);
    } catch (error) {
      this.#options.logger?.warn(
        `The scheduler did not take what was seen of attempt ${observed.attemptId}: ${error}`,
      );
    }
  }

  /** What is to be done about a pod, whoever saw it. */
  #supervise(pod: V1Pod): void {
    const attemptId = pod.metadata!.labels![LABEL.attempt];
    const ended = isEnded(pod);
    this.#logs?.saw(attemptId, pod, ended);
    if (ended) this.#ended.set(attemptId, pod);
    if (ended || taskStatus(pod)?.state?.running) {
      this.#sources.started(attemptId);
    }
    const { startTimeoutMs, pullTimeoutMs: troubleMs } = this.#options;
    const now = performance.now();
    // Counted here: the pod does not say since when, and a first pull that
    // took long must not use up what is there for a second one.
    if (!troubleOf(pod)) this.#troubled.delete(attemptId);
    else if (!this.#troubled.has(attemptId)) this.#troubled.set(attemptId, now);
    const end = verdict(
      pod,
      Date.now(),
      { startTimeoutMs, troubleMs },
      now - (this.#troubled.get(attemptId) ?? now),
    );
    if (end) this.#endLater(attemptId, end);
  }

  #endLater(attemptId: string, mark: EndMark): void {
    this.#objects.end(attemptId, mark, 0).catch(error =>
      // The next listing asks again.
      this.#options.logger?.warn(
        `Attempt ${attemptId} could not be ended yet (${mark.message}): ${error}`,
      ),
    );
  }

  /**
   * The reason was written down, and the deletion behind it was lost: nobody
   * else asks again. Cancels are repeated by the scheduler, with their grace.
   */
  #endAgain(pod: V1Pod): void {
    const mark = endMark(pod);
    if (!mark || mark.failure === 'cancelled') return;
    if (pod.metadata!.deletionTimestamp || isEnded(pod)) return;
    this.#endLater(pod.metadata!.labels![LABEL.attempt], mark);
  }

  /** The ConfigMap may be gone; see {@link SourceMaps}. */
  #mendSources(namespace: string, attempts: readonly ObservedAttempt[]): void {
    for (const { attemptId, phase, waitsFor = '' } of attempts) {
      const name = SOURCES_MISSING.exec(waitsFor)?.[1];
      if (phase !== 'starting' || name === undefined) continue;
      this.#sources.mend(attemptId, namespace, name).then(
        message => {
          if (message === undefined) return;
          this.#endLater(attemptId, { failure: 'launch', message });
        },
        error =>
          // The next listing tries again.
          this.#options.logger?.warn(
            `The sources of attempt ${attemptId} could not be made again: ${error}`,
          ),
      );
    }
  }
}
