import { InputError } from '@backstage/errors';
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
  /** By entity reference of the owner. */
  owners: Record<string, string>;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Chooses namespaces; knows all there can be, which is where pods are listed. */
export class Namespaces {
  /** Each once. */
  readonly all: readonly string[];

  /** @throws InputError for what is no name of a namespace */
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
    this.all = [...all];
  }

  /** @throws ExecutorError (`config`) when no rule names the pipeline */
  of(labels: LaunchRequest['labels']): string {
    const { pipelines, owners } = this.rules;
    const { pipeline, owner } = labels;
    if (Object.hasOwn(pipelines, pipeline)) return pipelines[pipeline];
    if (owner !== undefined && Object.hasOwn(owners, owner)) {
      return owners[owner];
    }
    if (this.rules.default !== undefined) return this.rules.default;
    throw new ExecutorError(
      'config',
      `No namespace for pipeline "${pipeline}" of ${
        owner ?? 'an unknown owner'
      }: name it in maestro.executors.kubernetes.namespaces`,
    );
  }
}
