/**
 * Widgets that a second plugin needs: states, durations, times, run dots.
 *
 * @packageDocumentation
 */
export { contrast, stateColor, stateTint } from './states/stateTokens';
export type { StateTone, ThemeMode } from './states/stateTokens';
export { stateWord } from './states/stateWords';
export { useStateColors } from './states/useStateColors';
export { formatDuration, formatRelative } from './time/formatDuration';
export { useNow } from './time/now';
export {
  formatExact,
  formatRunDate,
  getTimeZoneChoice,
  PipelineTimeZoneContext,
  setTimeZoneChoice,
  useTimeZone,
} from './time/timeZone';
export type { TimeZoneChoice } from './time/timeZone';
export { StateIcon } from './components/StateIcon';
export type { StateIconProps } from './components/StateIcon';
export { StateChip, ToneChip } from './components/StateChip';
export type { StateChipProps, ToneChipProps } from './components/StateChip';
export { Duration } from './components/Duration';
export type { DurationProps } from './components/Duration';
export { ExactTime, RelativeTime } from './components/RelativeTime';
export type { RelativeTimeProps } from './components/RelativeTime';
export { SlaChip } from './components/SlaChip';
export type { SlaChipProps } from './components/SlaChip';
export { startedWords } from './actors/startedWords';
export { triggerWord } from './actors/triggerWords';
export { ActorName } from './components/ActorName';
export { HoverCard } from './components/HoverCard';
export { TriggerIcon } from './components/TriggerIcon';
export { OwnerLink } from './components/OwnerLink';
export { RunDots } from './components/RunDots';
export type { RunDotsProps } from './components/RunDots';
export { TimeZoneSwitch } from './components/TimeZoneSwitch';
