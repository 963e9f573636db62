import type { RunTrigger } from '@maestro/plugin-maestro-common';
import ScheduleIcon from '@material-ui/icons/Schedule';
import TouchAppIcon from '@material-ui/icons/TouchApp';
import HistoryIcon from '@material-ui/icons/History';
import CodeIcon from '@material-ui/icons/Code';
import LayersIcon from '@material-ui/icons/Layers';

const ICONS: Record<RunTrigger, { Icon: typeof ScheduleIcon; word: string }> = {
  scheduled: { Icon: ScheduleIcon, word: 'started by its schedule' },
  manual: { Icon: TouchAppIcon, word: 'started by a person' },
  backfill: { Icon: HistoryIcon, word: 'started by a backfill' },
  asset: { Icon: LayersIcon, word: 'started by new data' },
  api: { Icon: CodeIcon, word: 'started through the API' },
};

/**
 * What started a run, as words.
 *
 * @public
 */
export function triggerWord(trigger: RunTrigger): string {
  return ICONS[trigger].word;
}

/**
 * What started a run, as an icon that says it on hover.
 *
 * @public
 */
export function TriggerIcon(props: { trigger: RunTrigger }) {
  const { Icon, word } = ICONS[props.trigger];
  return (
    <span title={word} style={{ display: 'inline-flex' }}>
      <Icon
        style={{ fontSize: 16 }}
        role="img"
        aria-hidden={false}
        aria-label={word}
      />
    </span>
  );
}
