import type { V1ConfigMap } from '@kubernetes/client-node';
import type { ResourceDefinition } from '@maestro/plugin-maestro-common';
import {
  type AttemptOutcome,
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import type { ClusterError } from '../cluster/ClusterError';
import { insist, isQuota, unlessThere } from '../cluster/requests';
import type { Namespaces } from '../Namespaces';
import { attemptObjectName, LABEL } from '../pod/names';
import {
  type Ledger,
  newLedger,
  ownedObject,
  readLedger,
  type ResourceEndMark,
  type SettledOutcome,
} from './ledger';
import { observeResource, unfinishedWords } from './observeResource';
import type { ClusterObject, ResourceApi, ResourceKind } from './ResourceApi';

/** How often a change is tried anew because the ledger changed meanwhile. */
const CONFLICTS = 10;

type Asked = LaunchRequest & { resource: ResourceDefinition };

/** What is done to ledgers and their objects, found by their name alone. */
export class Ledgers {
  constructor(
    private readonly api: ResourceApi,
    private readonly namespaces: Pick<Namespaces, 'all'>,
    private readonly instance: string,
  ) {}

  async list(namespace: string, selector: string): Promise<Ledger[]> {
    const items = await this.api.cluster.listConfigMaps(namespace, selector);
    return items.flatMap(item => readLedger(item) ?? []);
  }

  async find(attemptId: string): Promise<Ledger | undefined> {
    const name = attemptObjectName(attemptId);
    for (const namespace of this.namespaces.all) {
      const found = await this.api.readConfigMap(namespace, name);
      if (found) return readLedger(found);
    }
    return undefined;
  }

  async objectOf(ledger: Ledger): Promise<ClusterObject | undefined> {
    const { kind, namespace, name } = ledger;
    return this.api.read(kind, namespace, name);
  }

  /**
   * The first step of a launch, or what an earlier call of it has made. Only its
   * own namespace is asked: the right to another one may be gone.
   *
   * @param isOver - whether there is no time left to ask again
   */
  async begin(
    request: Asked,
    kind: ResourceKind,
    namespace: string,
    isOver: () => boolean,
  ): Promise<Ledger> {
    const { resource } = request;
    const { instance } = this;
    const name = attemptObjectName(request.attemptId);
    const asked = newLedger({ request, resource, kind, namespace, instance });
    const read = () =>
      insist(() => this.api.readConfigMap(namespace, name), isOver);
    let found: V1ConfigMap | undefined;
    try {
      await unlessThere(this.api.cluster.createConfigMap(asked));
    } catch (error) {
      if (!isQuota(error)) throw error;
      // It is asked before whether it is there already.
      found = await read();
      if (!found) throw error;
    }
    found ??= await read();
    const ledger = found && readLedger(found);
    if (ledger?.attemptId === request.attemptId) return ledger;
    throw new ExecutorError(
      'config',
      `ConfigMap ${namespace}/${name} is in the way: it is not Maestro's`,
    );
  }

  /**
   * The second step, which `markCreated` writes down. What is certain not to be
   * made leaves nothing behind.
   *
   * @param isOver - whether there is no time left to ask again
   * @throws ExecutorError (`config`) when an object of that name is somebody
   * else's
   */
  async createObject(
    request: Asked,
    ledger: Ledger,
    isOver: () => boolean,
  ): Promise<void> {
    const { kind, namespace, name } = ledger;
    const object = ownedObject(
      request,
      request.resource,
      ledger,
      this.instance,
    );
    try {
      const made = await unlessThere(
        this.api.create(kind, object).then(() => true),
      );
      if (!made) {
        const there = await this.objectOf(ledger);
        if (!isOf(there, request.attemptId)) {
          throw new ExecutorError(
            'config',
            `${kind.name} ${ledger.namespace}/${ledger.name} is there already, and not of this attempt: remove it`,
          );
        }
      }
    } catch (error) {
      if (isQuota(error) && (await this.#isMade(ledger, isOver))) return;
      if (
        (error as Error).name === 'ExecutorError' ||
        (error as ClusterError).isRefusal
      ) {
        await insist(
          () => this.api.cluster.deleteConfigMap(namespace, name),
          isOver,
        );
      }
      throw error;
    }
  }

  /** Written once; who cancelled meanwhile has not found the object yet. */
  async markCreated(ledger: Ledger): Promise<void> {
    const current = await this.#change(ledger.attemptId, ({ created }) =>
      created ? undefined : { created: 'true' },
    );
    if (current?.end) {
      await this.api.delete(ledger.kind, ledger, 'Foreground');
    }
  }

  /**
   * Ends an attempt and writes down why, in this order. Of several reasons the
   * first one counts. Without effect on what has ended or is not there.
   */
  async end(attemptId: string, mark: ResourceEndMark): Promise<void> {
    const found = await this.find(attemptId);
    if (!found || found.settled) return;
    const object = await this.objectOf(found);
    // Over by itself, and not written down yet: then this is not the reason.
    if (observeResource(found, object).phase === 'ended') return;
    const detail = found.created ? unfinishedWords(found, object) : undefined;
    const ledger = await this.#change(attemptId, ({ end, settled }) =>
      end || settled
        ? undefined
        : { end: JSON.stringify({ ...mark, ...(detail ? { detail } : {}) }) },
    );
    if (!ledger || ledger.settled) return;
    await this.api.delete(ledger.kind, ledger, 'Foreground');
  }

  /** Writes down how it ended; what was written first counts. */
  async settle(
    { attemptId }: Ledger,
    object: ClusterObject | undefined,
    outcome: AttemptOutcome,
  ): Promise<SettledOutcome | undefined> {
    const endedAt = Date.now();
    const startedAt =
      Date.parse(object?.metadata.creationTimestamp ?? '') || endedAt;
    const settled = { outcome, startedAt, endedAt };
    const ledger = await this.#change(attemptId, current => {
      if (current.settled) return undefined;
      // Cancelled since it was looked at: its end will come.
      if (current.end && object) return undefined;
      return { settled: JSON.stringify(settled) };
    });
    return ledger?.settled;
  }

  /**
   * Removes what is left of an attempt, or leaves the object where that was
   * asked for. Finalizers of others may keep it a while longer.
   */
  async remove(ledger: Ledger, object?: ClusterObject): Promise<void> {
    const { kind, asked, settled, end, namespace, name } = ledger;
    const isKept =
      !end &&
      settled !== undefined &&
      (asked.keep === 'always' ||
        (asked.keep === 'failed' && settled.outcome.result === 'failed'));
    if (isKept && object) {
      // Otherwise it would go with the ledger.
      await this.api.patchMetadata(kind, ledger, {
        ownerReferences:
          object.metadata.ownerReferences?.filter(
            ({ uid }) => uid !== ledger.uid,
          ) ?? null,
      });
    } else {
      await this.api.delete(kind, ledger, 'Background');
    }
    await this.api.cluster.deleteConfigMap(namespace, name);
  }

  /** What decides whether a launch that was refused has made its object. */
  async #isMade(ledger: Ledger, isOver: () => boolean): Promise<boolean> {
    const object = await insist(() => this.objectOf(ledger), isOver);
    return isOf(object, ledger.attemptId);
  }

  /** @returns the ledger after it; undefined when there is none */
  async #change(
    attemptId: string,
    patch: (ledger: Ledger) => Record<string, string> | undefined,
  ): Promise<Ledger | undefined> {
    for (let tries = 1; ; tries++) {
      const ledger = await this.find(attemptId);
      const data = ledger && patch(ledger);
      if (!ledger || !data) return ledger;
      try {
        const after = await this.api.patchConfigMap(
          ledger,
          ledger.resourceVersion,
          data,
        );
        return after && readLedger(after);
      } catch (error) {
        const isConflict = (error as ClusterError).code === 409;
        if (!isConflict || tries >= CONFLICTS) throw error;
      }
    }
  }
}

function isOf(object: ClusterObject | undefined, attemptId: string): boolean {
  return object?.metadata.labels?.[LABEL.attempt] === attemptId;
}
