import {
  expressionReferences,
  type PipelineDefinition,
  templateReferences,
  templatesIn,
} from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { currentVersions } from '../database/operations/connections/currentVersions';
import { definitionsOf } from '../database/operations/connections/definitionsOf';
import { readShownDefinition } from '../pipelines/storedDefinition';

/** Who uses what: names of pipelines, of pools their tasks as `pipeline/task`. */
export interface Usage {
  connections: ReadonlyMap<string, readonly string[]>;
  variables: ReadonlyMap<string, readonly string[]>;
  pools: ReadonlyMap<string, readonly string[]>;
}

interface Names {
  connections: string[];
  variables: string[];
  /** Each task that has one. */
  pools: Array<{ pool: string; taskId: string }>;
}

/**
 * Which pipelines use which connections, variables and pools, by their current
 * versions. A version never changes, so each is read once; a listing of 10,000
 * pipelines then costs one query.
 */
export class UsageIndex {
  private readonly byVersion = new Map<number, Names>();

  constructor(private readonly db: MaestroDatabase) {}

  async read(tx: Tx | Knex = this.db.knex): Promise<Usage> {
    const current = await currentVersions(this.db, tx);
    const unknown = current
      .map(({ versionId }) => versionId)
      .filter(id => !this.byVersion.has(id));
    for (const row of await definitionsOf(this.db, tx, unknown)) {
      this.byVersion.set(
        num(row.id),
        namesIn(readShownDefinition(row.definition)),
      );
    }
    const connections = new Map<string, string[]>();
    const variables = new Map<string, string[]>();
    const pools = new Map<string, string[]>();
    const live = new Set<number>();
    for (const { name, versionId } of current) {
      live.add(versionId);
      const names = this.byVersion.get(versionId);
      if (!names) continue;
      for (const id of names.connections) push(connections, id, name);
      for (const key of names.variables) push(variables, key, name);
      for (const { pool, taskId } of names.pools) {
        push(pools, pool, `${name}/${taskId}`);
      }
    }
    for (const id of this.byVersion.keys()) {
      if (!live.has(id)) this.byVersion.delete(id);
    }
    return { connections, variables, pools };
  }
}

/** Every connection and variable that a definition names, each once, and pools by task. */
export function namesIn(definition: PipelineDefinition): Names {
  const connections = new Set<string>();
  const variables = new Set<string>();
  for (const task of definition.tasks) {
    task.connections.forEach(id => connections.add(id));
    task.variables.forEach(key => variables.add(key));
    const references = [
      ...(task.command ?? []),
      ...Object.values(task.env ?? {}),
      ...templatesIn(task.resource?.manifest),
    ].map(text => templateReferences(text));
    if (task.branch) references.push(expressionReferences(task.branch.if));
    if (task.map?.over) references.push(expressionReferences(task.map.over));
    for (const found of references) {
      found.vars.forEach(key => variables.add(key));
      found.connections.forEach(id => connections.add(id));
    }
  }
  return {
    connections: [...connections],
    variables: [...variables],
    pools: definition.tasks.flatMap(({ id: taskId, pool }) =>
      pool === undefined ? [] : [{ pool, taskId }],
    ),
  };
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
