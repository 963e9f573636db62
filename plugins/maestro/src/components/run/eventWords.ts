import { type RunEvent, nameActors } from '@maestro/plugin-maestro-common';
import { stateWord } from '@maestro/plugin-maestro-react';

/** A change of a task's state, as the engine writes it down. */
interface Change {
  task: string;
  /** Of the instances of a mapped task, `0-3,7`. */
  indices?: string;
  from: string;
  to: string;
  reason?: string;
}

/** What happened, a line each; nothing when the event's name says it all. */
export function eventWords(event: Pick<RunEvent, 'type' | 'body'>): string[] {
  const { changes, ...rest } = event.body;
  if (event.type === 'tasks' && Array.isArray(changes)) {
    return [...changes.map(changeWords), ...factWords(rest)];
  }
  return factWords(event.body);
}

function changeWords({ task, indices, from, to, reason }: Change) {
  const instance = indices === undefined ? task : `${task} [${indices}]`;
  return `${instance}: ${words(from)} → ${words(to)}${
    reason ? ` (${nameActors(reason)})` : ''
  }`;
}

function words(state: string) {
  return stateWord(state as Parameters<typeof stateWord>[0]) ?? state;
}

function factWords(body: Record<string, unknown>): string[] {
  return (
    Object.entries(body)
      // That of a task which is not mapped.
      .filter(([key, value]) => key !== 'mapIndex' || value !== -1)
      .map(
        ([key, value]) =>
          `${key}: ${
            typeof value === 'string'
              ? nameActors(value)
              : JSON.stringify(value)
          }`,
      )
  );
}
