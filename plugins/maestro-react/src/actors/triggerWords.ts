import type { RunTrigger } from '@maestro/plugin-maestro-common';

const WORDS: Record<RunTrigger, string> = {
  scheduled: 'started by its schedule',
  // By whom is another question: a person, or the installation once.
  manual: 'started on request',
  backfill: 'started by a backfill',
  asset: 'started by an asset event',
  api: 'started through the API',
};

/**
 * What started a run, as words.
 *
 * @public
 */
export function triggerWord(trigger: RunTrigger): string {
  return WORDS[trigger];
}
