import { num } from '../database/conversion';
import { packDigest } from '../views/gridDigest';
import type { RunDraft } from './RunDraft';

/** State and duration of every task, packed onto the row of a final run. */
export function packRunDigest(draft: RunDraft): string {
  return packDigest(
    draft.definition.tasks
      .flatMap(({ no }) => digestSlots(draft, no))
      .map(slot => {
        const instance = draft.instance(slot);
        const { started_at: start, ended_at: end } = instance;
        return {
          no: instance.task_no,
          mapIndex: instance.map_index,
          state: instance.state,
          durationMs:
            start === null || end === null ? undefined : num(end) - num(start),
          tries: instance.try_number,
          reused: instance.cache_hit !== null && instance.state === 'success',
        };
      }),
  );
}

/** A mapped task is one cell, made of its instances where it has some. */
function digestSlots(draft: RunDraft, no: number): readonly number[] {
  if (!draft.isDerived(no)) return [no];
  return draft.children
    .get(no)!
    .filter(slot => draft.states[slot] !== 'removed');
}
