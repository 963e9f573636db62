import type { AirflowMapLength } from '@maestro/plugin-maestro-common';
import type { SerializedExpandInput, SerializedTask } from './serialized';

/** Airflow's `max_map_length` is 1024; a run here bears more. */
export const MAX_MAP_LENGTH = 10_000;

/** Something that the lengths cannot be told from. */
class Unknown extends Error {}

/**
 * What a mapped task is expanded over, by the lengths that are multiplied.
 *
 * @returns why that cannot be told, as a part of a sentence
 */
export function compileMap(
  task: SerializedTask,
): AirflowMapLength[] | { problem: string } {
  return mapLengths(task[task._expand_input_attr ?? 'expand_input']);
}

/** The same of what a task or a group is expanded over. */
export function mapLengths(
  input: SerializedExpandInput | undefined,
): AirflowMapLength[] | { problem: string } {
  if (!input) return { problem: 'its serialized form names no list' };
  const value = unwrapped(input.value);
  try {
    if (input.type === 'list-of-dicts') return [lengthOf(input.value)];
    if (!isObject(value)) throw new Unknown('its lists are no dictionary');
    return Object.values(value).map(lengthOf);
  } catch (error) {
    if (error instanceof Unknown) return { problem: error.message };
    throw error;
  }
}

/** Ids of the tasks whose XComs lengths are told from. */
export function tasksOfLengths(lengths: readonly AirflowMapLength[]): string[] {
  return lengths.flatMap(length => {
    if ('task' in length) return [length.task];
    if ('zip' in length) return tasksOfLengths(length.zip);
    return 'concat' in length ? tasksOfLengths(length.concat) : [];
  });
}

/** A mapped task with the arguments that all of its instances have. */
export function withPartialArguments(task: SerializedTask): SerializedTask {
  if (!task._is_mapped || !task.partial_kwargs) return task;
  const partial = Object.fromEntries(
    Object.entries(task.partial_kwargs).map(([name, value]) => [
      name,
      unwrapped(value),
    ]),
  );
  return { ...(partial as Partial<SerializedTask>), ...task };
}

function lengthOf(encoded: unknown): AirflowMapLength {
  if (isObject(encoded) && encoded.__type === 'xcomref') {
    return lengthOfReference(encoded.__var);
  }
  const value = unwrapped(encoded);
  if (Array.isArray(value)) return { length: value.length };
  if (isObject(value)) return { length: Object.keys(value).length };
  throw new Unknown('one of its lists is neither a list nor an XCom');
}

function lengthOfReference(reference: unknown): AirflowMapLength {
  if (!isObject(reference)) throw new Unknown('a reference is no object');
  const { type, task_id: task, key, arg, args, fillvalue } = reference;
  const parts = () => (Array.isArray(args) ? args.map(lengthOfReference) : []);
  switch (type) {
    case undefined:
      return { task: String(task), key: String(key ?? 'return_value') };
    case 'map':
      return lengthOfReference(arg);
    case 'zip':
      return { zip: parts(), longest: fillvalue !== undefined };
    case 'concat':
      return { concat: parts() };
    default:
      throw new Unknown(`the XCom is changed by ".${type}()"`);
  }
}

/** Without the wrapping of Airflow's serializer. */
function unwrapped(value: unknown): unknown {
  return isObject(value) && '__var' in value && '__type' in value
    ? value.__var
    : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
