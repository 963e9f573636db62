import Chip from '@material-ui/core/Chip';
import type { AirflowPath } from '@maestro/plugin-maestro-common';

/** Which way a task of Airflow takes; nothing for other tasks. */
export function PathChip({ path }: { path?: AirflowPath }) {
  if (!path) return null;
  const isNative = path.path === 'native';
  return (
    <Chip
      size="small"
      variant="outlined"
      label={isNative ? 'Without Python' : 'Python of Airflow'}
      title={
        isNative
          ? 'Maestro starts what its operator would only start and watch'
          : `A process with Airflow in it${
              path.reason ? `: ${path.reason}` : ''
            }`
      }
    />
  );
}
