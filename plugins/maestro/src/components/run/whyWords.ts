import { nameActors } from '@maestro/plugin-maestro-common';
import { formatExact } from '@maestro/plugin-maestro-react';

/** An instant as the engine writes it into a sentence. */
const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;

/** A task that holds something: pipeline, id of the run, task. */
const HOLDER =
  /"([\w.-]+)\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\/([^"/]+)"/gi;

/**
 * A reason in the engine's words as people read it: times by the clock that
 * the reader chose, tasks by name instead of the id of their run, actors as
 * they are called; without the full stop, because how long comes behind.
 */
export function whyWords(message: string, zone: string): string {
  return nameActors(message)
    .replace(INSTANT, at => formatExact(Date.parse(at), zone))
    .replace(HOLDER, 'task "$2" of $1')
    .replace(/\.$/, '');
}
