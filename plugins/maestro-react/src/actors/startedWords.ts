import { actorWords, type RunTrigger } from '@maestro/plugin-maestro-common';
import { triggerWord } from './triggerWords';

/**
 * What or who started a run, as words.
 *
 * @public
 */
export function startedWords(run: {
  trigger: RunTrigger;
  createdBy?: string;
}): string {
  const { trigger, createdBy } = run;
  if (createdBy === 'maestro:first-run') {
    return 'started by the installation, as its first run';
  }
  if (!createdBy || trigger === 'scheduled' || trigger === 'asset') {
    return triggerWord(trigger);
  }
  const by = `started by ${actorWords(createdBy)}`;
  switch (trigger) {
    case 'backfill':
      return `${by} as part of a backfill`;
    case 'api':
      return createdBy.startsWith('webhook:') ? by : `${by} through the API`;
    default:
      return by;
  }
}
