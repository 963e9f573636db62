import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import {
  setTimeZoneChoice,
  useTimeZone,
  type TimeZoneChoice,
} from '../time/timeZone';

const LABELS: Record<TimeZoneChoice, string> = {
  mine: 'My time',
  utc: 'UTC',
  pipeline: "Pipeline's time",
};

/**
 * Chooses whose clock every time of the portal is shown by.
 *
 * @public
 */
export function TimeZoneSwitch() {
  const { choice } = useTimeZone();
  return (
    <TextField
      select
      size="small"
      variant="outlined"
      value={choice}
      onChange={event =>
        setTimeZoneChoice(event.target.value as TimeZoneChoice)
      }
      SelectProps={{ SelectDisplayProps: { 'aria-label': 'Time zone' } }}
    >
      {Object.entries(LABELS).map(([value, label]) => (
        <MenuItem key={value} value={value}>
          {label}
        </MenuItem>
      ))}
    </TextField>
  );
}
