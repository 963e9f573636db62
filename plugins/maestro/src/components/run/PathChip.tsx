import Chip from '@material-ui/core/Chip';
import type { TaskDefinition } from '@maestro/plugin-maestro-common';

/** Which way a task of Airflow takes; nothing for other tasks. */
export function PathChip({
  task: { airflowPath: path, airflowPod: pod },
}: {
  task: Pick<TaskDefinition, 'airflowPath' | 'airflowPod'>;
}) {
  if (!path) return null;
  const isNative = path.path === 'native';
  const python = pod ? 'Python of Airflow, in a pod' : 'Python of Airflow';
  const what = pod
    ? 'A pod with the Airflow of its image'
    : 'A process with Airflow in it';
  return (
    <Chip
      size="small"
      variant="outlined"
      // The theme's chips stand in lists, with room below them.
      style={{ margin: 0 }}
      label={isNative ? 'Without Python' : python}
      title={
        isNative
          ? 'Maestro starts what its operator would only start and watch'
          : `${what}${path.reason ? `: ${path.reason}` : ''}`
      }
    />
  );
}
