import { resolveParams } from '@maestro/plugin-maestro-common';
import type { Findings } from './Findings';
import type { SerializedParam } from './serialized';

/**
 * JSON Schema of the params of a DAG. A param without a default must be given;
 * others than the DAG names may be, since they are what Airflow calls the
 * configuration of a run (`dag_run.conf`).
 */
export function compileParams(
  params: readonly [string, SerializedParam][] = [],
  findings: Findings,
): Record<string, unknown> {
  const required: string[] = [];
  const properties: Record<string, unknown> = {};
  for (const [name, param] of params) {
    const own = plain(param.schema ?? {}) as Record<string, unknown>;
    const hasDefault = 'default' in param && !isNotSet(param.default);
    if (!hasDefault) required.push(name);
    properties[name] = {
      ...own,
      ...(param.description ? { description: param.description } : {}),
      ...(hasDefault ? { default: plain(param.default) } : {}),
    };
  }
  const schema = {
    type: 'object',
    additionalProperties: true,
    ...(params.length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
  try {
    resolveParams(schema);
  } catch (error) {
    findings.problem((error as Error).message);
  }
  return schema;
}

function isNotSet(value: unknown): boolean {
  const type = (value as { __type?: string } | null)?.__type;
  return type === 'arg_not_set' || type === 'notset';
}

/** A value without Airflow's marks of its type. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if ('__type' in value && '__var' in value) {
    return plain((value as { __var: unknown }).__var);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, plain(part)]),
  );
}
