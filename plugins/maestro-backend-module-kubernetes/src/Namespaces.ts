import { InputError } from '@backstage/errors';
import { canonicalOwner } from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
  type WantedAttempt,
} from '@maestro/plugin-maestro-node';
import type { ClusterError } from './cluster/ClusterError';

/** Where pods are made: the pipeline's own rule, its owner's, or the default. */
export interface NamespaceRules {
  /** For pipelines that no rule names; without it those are refused. */
  default?: string;
  /** By name of the pipeline. */
  pipelines: Record<string, string>;
  /** By entity reference of the owner, as short as in an entity. */
  owners: Record<string, string>;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Of what is told of an attempt: `pod ml/maestro-1`, and what follows it. */
const OBJECT = /^\S+ ([^\s/]+)\/maestro-[^\s/]+(?: \(|$)/;

/** Chooses namespaces; knows all there can be, which is where pods are listed. */
export class Namespaces {
  /** Where pods are made, each once. */
  readonly configured: readonly string[];
  /** Where pods were made before the configuration changed, and are wanted. */
  readonly #former = new Set<string>();
  /** Former ones in which nothing may be done any more. */
  readonly #closed = new Set<string>();
  /** By full entity reference. */
  readonly #owners = new Map<string, string>();

  /**
   * @throws InputError for what is no name of a namespace, and for two of one
   * owner
   */
  constructor(
    private readonly rules: NamespaceRules,
    private readonly told: {
      warn?(message: string): void;
      /** Nothing may be done in it any more. */
      closed?(namespace: string): void;
    } = {},
  ) {
    const all = new Set([
      ...(rules.default === undefined ? [] : [rules.default]),
      ...Object.values(rules.pipelines),
      ...Object.values(rules.owners),
    ]);
    const wrong = [...all].find(name => !NAME.test(name));
    if (wrong !== undefined) {
      throw new InputError(
        `maestro.executors.kubernetes: ${JSON.stringify(
          wrong,
        )} is no name of a namespace: lower case letters, digits and "-", at most 63`,
      );
    }
    if (all.size === 0) {
      throw new InputError(
        'maestro.executors.kubernetes needs a `namespace`, or `namespaces.pipelines` or `namespaces.owners`',
      );
    }
    this.configured = [...all];
    for (const [key, namespace] of Object.entries(rules.owners)) {
      const owner = canonicalOwner(key);
      const other = this.#owners.get(owner) ?? namespace;
      if (other !== namespace) {
        throw new InputError(
          `maestro.executors.kubernetes.namespaces.owners names ${owner} twice, with ${JSON.stringify(
            other,
          )} and, as ${JSON.stringify(key)}, with ${JSON.stringify(namespace)}`,
        );
      }
      this.#owners.set(owner, namespace);
    }
  }

  /** Adopts where attempts have their objects, by what was told of them. */
  adoptWanted(wanted: readonly WantedAttempt[] = []): void {
    for (const { object = '' } of wanted) {
      const namespace = OBJECT.exec(object)?.[1];
      if (namespace !== undefined) this.#adopt(namespace);
    }
  }

  /**
   * What is listed in one of them. The right to a former one may be gone: then
   * what runs there is not looked after, and the others are not held up by it.
   *
   * @returns undefined where nothing may be looked at any more
   */
  async listed<T>(
    namespace: string,
    list: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await list();
    } catch (error) {
      const { code, message } = error as ClusterError;
      if (code !== 403 || this.configured.includes(namespace)) throw error;
      // By another listing at the same time, it was closed already.
      if (this.#former.delete(namespace)) {
        this.#closed.add(namespace);
        this.told.warn?.(
          `Namespace ${namespace} is not in maestro.executors.kubernetes any more, and what runs there is given up: ${message}`,
        );
        this.told.closed?.(namespace);
      }
      return undefined;
    }
  }

  /** Each once, former ones last. */
  get all(): readonly string[] {
    return [...this.configured, ...this.#former];
  }

  /** @throws ExecutorError (`config`) when no rule names the pipeline */
  of(labels: LaunchRequest['labels']): string {
    const { pipelines } = this.rules;
    const { pipeline, owner } = labels;
    if (Object.hasOwn(pipelines, pipeline)) return pipelines[pipeline];
    const owners =
      owner === undefined ? owner : this.#owners.get(canonicalOwner(owner));
    if (owners !== undefined) return owners;
    if (this.rules.default !== undefined) return this.rules.default;
    throw new ExecutorError(
      'config',
      `No namespace for pipeline "${pipeline}" of ${
        owner ?? 'an unknown owner'
      }: name it in maestro.executors.kubernetes.namespaces`,
    );
  }

  /**
   * A live attempt has its pod there, whatever the configuration says now: it is
   * looked after until the process ends, since its log is read after its end.
   */
  #adopt(namespace: string): void {
    if (!NAME.test(namespace) || this.#closed.has(namespace)) return;
    if (!this.configured.includes(namespace)) this.#former.add(namespace);
  }
}
