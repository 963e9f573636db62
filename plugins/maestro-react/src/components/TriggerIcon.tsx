import type { RunTrigger } from '@maestro/plugin-maestro-common';
import ScheduleIcon from '@material-ui/icons/Schedule';
import TouchAppIcon from '@material-ui/icons/TouchApp';
import HistoryIcon from '@material-ui/icons/History';
import CodeIcon from '@material-ui/icons/Code';
import LayersIcon from '@material-ui/icons/Layers';
import { startedWords } from '../actors/startedWords';

const ICONS: Record<RunTrigger, typeof ScheduleIcon> = {
  scheduled: ScheduleIcon,
  manual: TouchAppIcon,
  backfill: HistoryIcon,
  asset: LayersIcon,
  api: CodeIcon,
};

/**
 * What started a run, as an icon that says it on hover; with `createdBy` it
 * says who.
 *
 * @public
 */
export function TriggerIcon(props: {
  trigger: RunTrigger;
  createdBy?: string;
}) {
  const Icon = ICONS[props.trigger];
  const words = startedWords(props);
  return (
    <span title={words} style={{ display: 'inline-flex' }}>
      <Icon
        style={{ fontSize: 16 }}
        role="img"
        aria-hidden={false}
        aria-label={words}
      />
    </span>
  );
}
