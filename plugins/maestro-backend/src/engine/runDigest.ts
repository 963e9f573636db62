import { num } from '../database/conversion';
import { packDigest } from '../views/gridDigest';
import type { RunDraft } from './RunDraft';

/** State and duration of every task, packed onto the row of a final run. */
export function packRunDigest(draft: RunDraft): string {
  return packDigest(
    draft.definition.tasks.map(({ no }) => {
      const instance = draft.instance(no);
      const { started_at: start, ended_at: end } = instance;
      return {
        no,
        mapIndex: instance.map_index,
        state: instance.state,
        durationMs:
          start === null || end === null ? undefined : num(end) - num(start),
        tries: instance.try_number,
      };
    }),
  );
}
