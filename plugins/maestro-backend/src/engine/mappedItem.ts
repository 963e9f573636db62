import { hiddenParts } from './maskValue';
import type { RunDraft } from './RunDraft';

/** The item of an instance of a mapped task. */
export interface MappedItem {
  index: number;
  /** As JSON. */
  text: string;
  item: unknown;
  /** Texts in it that must be shown nowhere. */
  hidden: string[];
}

/** @returns undefined for a task that is not mapped */
export function mappedItem(
  draft: RunDraft,
  slot: number,
): MappedItem | undefined {
  const { map_index: index, item: text, item_shown } = draft.instance(slot);
  if (index < 0 || text === null) return undefined;
  const item: unknown = JSON.parse(text);
  return {
    index,
    text,
    item,
    hidden:
      item_shown === null ? [] : hiddenParts(item, JSON.parse(item_shown)),
  };
}
