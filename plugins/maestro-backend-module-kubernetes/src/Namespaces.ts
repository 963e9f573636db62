import { InputError } from '@backstage/errors';
import { canonicalOwner } from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';

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
  constructor(private readonly rules: NamespaceRules) {
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

  /** Each once, former ones last. */
  get all(): readonly string[] {
    return [...this.configured, ...this.#former];
  }

  /**
   * A live attempt has its pod there, whatever the configuration says now: it is
   * looked after until the process ends, since its log is read after its end.
   */
  adopt(namespace: string): void {
    if (!NAME.test(namespace) || this.#closed.has(namespace)) return;
    if (!this.configured.includes(namespace)) this.#former.add(namespace);
  }

  /**
   * The right to a former one is gone: what runs there is not looked after, and
   * the others are not held up by it.
   *
   * @returns whether it was a former one
   */
  close(namespace: string): boolean {
    this.#closed.add(namespace);
    return this.#former.delete(namespace);
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
}
