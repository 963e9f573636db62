/**
 * The parameters of a run, checked against the JSON Schema of the pipeline.
 *
 * @packageDocumentation
 */
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { InputError } from '@backstage/errors';
import { formatPath, type PipelineProblem, type ProblemPath } from './problems';

/**
 * Size of all params as JSON. They are handed to every task in one environment
 * variable, and Linux refuses one of more than 128 KiB.
 *
 * @public
 */
export const MAX_PARAMS_BYTES = 100 * 1024;

/** @public */
export type ResolvedParams =
  | { ok: true; params: Record<string, unknown> }
  | { ok: false; problems: PipelineProblem[] };

const MAX_KNOWN = 500;
const known = new Map<string, ValidateFunction>();

const ajv = addFormats(
  new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: false,
    logger: false,
    // Schemas of different pipelines may have the same $id.
    addUsedSchema: false,
  }),
);
// As Airflow and `<input type="time">`: without a zone, which JSON Schema asks for.
ajv.addFormat('time', addFormats.get('iso-time'));

/**
 * The params of a run: those given, checked, with defaults for the others. A
 * param that the schema does not name is refused unless the schema sets
 * `additionalProperties`. What was given is not modified.
 *
 * @throws InputError when the schema itself is not valid, which the validator
 * of pipelines refuses
 * @public
 */
export function resolveParams(
  schema: Record<string, unknown> | undefined,
  given: unknown = {},
): ResolvedParams {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuse([], `Params must be an object, got ${describe(given)}`);
  }
  const text = JSON.stringify(given);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_PARAMS_BYTES) {
    return refuse(
      [],
      `The params are ${bytes} bytes of JSON, at most ${MAX_PARAMS_BYTES} are allowed; store large data elsewhere and pass its address`,
    );
  }
  const validate = compileParams(schema);
  const params = JSON.parse(text) as Record<string, unknown>;
  if (validate(params)) {
    return { ok: true, params };
  }
  return {
    ok: false,
    problems: explain(validate.errors!, params, schema, ['params']),
  };
}

/**
 * Compiles the schema of params.
 *
 * @throws InputError when it is not a valid JSON Schema of an object
 * @internal
 */
export function compileParams(
  schema: Record<string, unknown> | undefined,
): ValidateFunction {
  const complete = {
    type: 'object',
    additionalProperties: false,
    ...schema,
  };
  if (complete.type !== 'object') {
    throw new InputError(
      `The params schema has type ${JSON.stringify(
        complete.type,
      )}, expected "object"`,
    );
  }
  const key = JSON.stringify(complete);
  let validate = known.get(key);
  if (!validate) {
    try {
      validate = ajv.compile(complete);
    } catch (error) {
      throw new InputError(
        `The params schema is not valid: ${(error as Error).message}`,
      );
    } finally {
      // The instance keeps what it compiled for ever.
      ajv.removeSchema(complete);
    }
    if (known.size >= MAX_KNOWN) {
      known.clear();
    }
    known.set(key, validate);
  }
  return validate;
}

/** Errors of Ajv as problems below a path. @internal */
export function explain(
  errors: readonly ErrorObject[],
  data: unknown,
  schema: Record<string, unknown> | undefined,
  root: ProblemPath,
): PipelineProblem[] {
  return errors.map(error => {
    let value = data;
    const path = [...root];
    for (const part of pointer(error.instancePath)) {
      path.push(Array.isArray(value) ? Number(part) : part);
      value = (value as Record<string, unknown>)[part];
    }
    const { keyword, params } = error;
    switch (keyword) {
      case 'additionalProperties': {
        const names = Object.keys(
          (schema?.properties as object | undefined) ?? {},
        );
        return {
          path: formatPath([...path, params.additionalProperty]),
          message: `There is no param "${params.additionalProperty}"`,
          expected:
            names.length > 0 ? `one of ${names.join(', ')}` : 'no params',
        };
      }
      case 'required':
        return {
          path: formatPath([...path, params.missingProperty]),
          message: `"${params.missingProperty}" is missing`,
        };
      case 'type':
        return {
          path: formatPath(path),
          message: `The value is ${describe(value)}`,
          expected: `type ${[params.type].flat().join(' or ')}`,
        };
      case 'enum':
        return {
          path: formatPath(path),
          message: `The value is ${describe(value)}`,
          expected: `one of ${params.allowedValues
            .map((allowed: unknown) => JSON.stringify(allowed))
            .join(', ')}`,
        };
      default:
        return {
          path: formatPath(path),
          message: `The value is ${describe(value)}, it ${error.message}`,
        };
    }
  });
}

function refuse(path: ProblemPath, message: string): ResolvedParams {
  return {
    ok: false,
    problems: [{ path: formatPath(['params', ...path]), message }],
  };
}

function pointer(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map(part => part.replace(/~1/g, '/').replace(/~0/g, '~'));
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) ?? 'undefined';
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `${short} (${typeof value})`;
}
