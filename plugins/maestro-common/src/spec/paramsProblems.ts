import { compileParams, explain } from './params';
import { schedulesOf } from './compilePipeline';
import type { ProblemList } from './problems';

/** The schema of params, and whether its defaults fit it. @internal */
export function findParamsProblems(spec: unknown, list: ProblemList): void {
  const { params, schedule } = (spec ?? {}) as Record<string, unknown>;
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    return;
  }
  const schema = params as Record<string, unknown>;
  try {
    compileParams(schema);
  } catch (error) {
    list.add(['spec', 'params'], (error as Error).message);
    return;
  }
  const properties = (schema.properties ?? {}) as Record<string, unknown>;
  const withDefault = Object.entries(properties).flatMap(([name, property]) => {
    const isSchema = typeof property === 'object' && property !== null;
    return isSchema && 'default' in property
      ? [[name, property.default] as const]
      : [];
  });
  // Each default alone, so that what the schema requires of others is not
  // held against it.
  for (const [name, value] of withDefault) {
    const { required, ...rest } = schema;
    const validate = compileParams({
      ...rest,
      properties: { [name]: properties[name] },
    });
    const data = JSON.parse(JSON.stringify({ [name]: value }));
    if (!validate(data)) {
      for (const problem of explain(validate.errors!, data, schema, [])) {
        list.add(
          ['spec', 'params', 'properties', name, 'default'],
          `The default does not match: ${problem.message}`,
          problem.expected,
        );
      }
    }
  }
  const required = Array.isArray(schema.required) ? schema.required : [];
  const defaults = new Set(withDefault.map(([name]) => name));
  if (schedulesOf(schedule).length > 0) {
    required.forEach((name, i) => {
      if (!defaults.has(name)) {
        list.add(
          ['spec', 'params', 'required', i],
          `Param "${name}" is required and has no default, so a scheduled run could not start`,
          `a default for "${name}"`,
        );
      }
    });
  }
}
