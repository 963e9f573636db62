import {
  StatusColor,
  statusColors,
  StatusWord,
} from '@maestro/plugin-peer-react';
import {
  RemixiconComponentType,
  RiCheckboxCircleFill,
  RiCloseCircleFill,
  RiLoader4Line,
  RiQuestionFill,
  RiStopCircleFill,
  RiTimeFill,
} from '@remixicon/react';

const { green, red, lime, amber, tan, grey } = statusColors;

const looks: Record<
  string,
  { icon: RemixiconComponentType; color: StatusColor; word: string }
> = {
  FINISHED: { icon: RiCheckboxCircleFill, color: green, word: 'finished' },
  FAILED: { icon: RiCloseCircleFill, color: red, word: 'failed' },
  RUNNING: { icon: RiLoader4Line, color: lime, word: 'running' },
  KILLED: { icon: RiStopCircleFill, color: amber, word: 'killed' },
  SCHEDULED: { icon: RiTimeFill, color: tan, word: 'scheduled' },
};

/** A run's status as icon and word, or as the icon alone with a title. */
export function RunStatus(props: { status: string; iconOnly?: boolean }) {
  const { status, iconOnly } = props;
  const look = looks[status] ?? {
    icon: RiQuestionFill,
    color: grey,
    word: status.toLowerCase(),
  };
  return <StatusWord {...look} iconOnly={iconOnly} />;
}
