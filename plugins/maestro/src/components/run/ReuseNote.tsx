import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { Link } from '@backstage/core-components';
import type {
  RunDetail,
  TaskDefinition,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { formatDuration } from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { ForgetResultsDialog } from '../actions/ForgetResultsDialog';
import { Permitted } from '../actions/Permitted';

/** From which run a cached task has its result, and the way to forget those. */
export function ReuseNote(props: {
  run: RunDetail;
  task: TaskDefinition;
  instance: TaskInstance | undefined;
}) {
  const { run, task, instance } = props;
  const links = useMaestroLinks();
  const [forgetting, setForgetting] = useState(false);
  const hit = instance?.cacheHit;
  if (!task.cache) return null;
  return (
    <div>
      {hit ? (
        <>
          Reused from{' '}
          <Link to={links.run(hit.runId, { task: task.id })}>
            run {hit.runId.slice(0, 8)}
          </Link>
          , saved {formatDuration(hit.savedMs)}. Clear it to run it.{' '}
        </>
      ) : (
        <>
          {run.noCache
            ? 'This run was started without cache. '
            : 'Its result is kept for equal tasks of later runs. '}
        </>
      )}
      <Permitted to="clearStepCache">
        {disabled => (
          <Button
            size="small"
            disabled={disabled}
            onClick={() => setForgetting(true)}
          >
            Forget results…
          </Button>
        )}
      </Permitted>
      {forgetting && (
        <ForgetResultsDialog
          pipeline={run.pipeline}
          taskId={task.id}
          onClose={() => setForgetting(false)}
        />
      )}
    </div>
  );
}
