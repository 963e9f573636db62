import { DateTime } from 'luxon';

/** What becomes, or became, of a due time, as the strip shows it. */
export type StripTone =
  | 'will_run'
  | 'left_out'
  | 'waiting'
  | 'queued'
  | 'running'
  | 'success'
  | 'failed'
  | 'cancelled'
  | 'deleted';

/** The tones in words, behind a number. */
export const STRIP_WORDS: Readonly<Record<StripTone, string>> = {
  will_run: 'will run',
  left_out: 'left out',
  waiting: 'to run',
  queued: 'queued',
  running: 'running',
  success: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  deleted: 'with deleted history',
};

/** One due time. */
export interface StripItem {
  at: number;
  tone: StripTone;
  /** More than the tone says, such as why it is left out. */
  note?: string;
  runId?: string;
}

/** One box of the strip: a due time, or those of a day or a month. */
export interface StripCell {
  at: number;
  /** The one that one must see, if several are in it. */
  tone: StripTone;
  label: string;
  runId?: string;
}

/** More due times than this are shown by day, more days by month. */
const MOST_CELLS = 366;

/** What one must see comes first. */
const URGENCY: StripTone[] = [
  'failed',
  'running',
  'queued',
  'will_run',
  'waiting',
  'success',
  'cancelled',
  'deleted',
  'left_out',
];

/** The boxes of a strip, by time, with words for each. */
export function stripCells(
  items: readonly StripItem[],
  zone: string,
): StripCell[] {
  const of = (at: number) =>
    DateTime.fromMillis(at, { zone }).setLocale('en-GB');
  if (items.length <= MOST_CELLS) {
    return items.map(({ at, tone, note, runId }) => ({
      at,
      tone,
      runId,
      label: `${of(at).toFormat('ccc d LLL yyyy HH:mm')}: ${STRIP_WORDS[tone]}${
        note ? `, ${note}` : ''
      }`,
    }));
  }
  const days = grouped(items, at => of(at).toFormat('yyyy-LL-dd'));
  return days.length <= MOST_CELLS
    ? days.map(group =>
        cellOf(group, of(group[0].at).toFormat('ccc d LLL yyyy')),
      )
    : grouped(items, at => of(at).toFormat('yyyy-LL')).map(group =>
        cellOf(group, of(group[0].at).toFormat('LLLL yyyy')),
      );
}

function grouped(
  items: readonly StripItem[],
  keyOf: (at: number) => string,
): StripItem[][] {
  const groups = new Map<string, StripItem[]>();
  for (const item of items) {
    const key = keyOf(item.at);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

function cellOf(group: readonly StripItem[], when: string): StripCell {
  const counts = URGENCY.flatMap(tone => {
    const n = group.filter(item => item.tone === tone).length;
    return n > 0 ? [{ tone, n }] : [];
  });
  return {
    at: group[0].at,
    tone: counts[0].tone,
    label: `${when}: ${counts
      .map(({ tone, n }) => `${n} ${STRIP_WORDS[tone]}`)
      .join(', ')}`,
  };
}
